"""The process that keeps a node's copy: follows the feed, confirms deletions, refreshes the directory."""
