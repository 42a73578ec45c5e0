"""Template tags of what became of messages."""
