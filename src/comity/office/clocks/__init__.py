"""Clocks of requests: what this desk owes, what it waits for, and what nobody has looked at."""
