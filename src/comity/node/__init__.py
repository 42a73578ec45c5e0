"""One installation: its settings and keys, whom it trusts, and how it speaks to the other nodes."""
