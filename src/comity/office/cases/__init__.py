"""Cases: what belongs together, who works on it, what is to be done, what is known, and who has seen it."""
