"""Taking back and setting right what was sent: every recipient's node does it, and confirms it signed."""
