"""Taking a thread away: as a file that can be checked anywhere, or as paper. Both are written down."""
