"""Template tags of attachments."""
