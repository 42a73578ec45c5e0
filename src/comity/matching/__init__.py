"""Pure matching: zones, numbers, plates, dates, names. Keeps nothing, reads no clock, never logs its input."""
