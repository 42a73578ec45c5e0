"""Hits: leads that two desks work on until the owner has answered."""
