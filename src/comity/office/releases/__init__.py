"""Outgoing messages that a second person must release: submitted whole, approved by hash, sent once (I9)."""
