"""Showing one message to the secretariat: an act of two people, written into both journals (I9)."""
