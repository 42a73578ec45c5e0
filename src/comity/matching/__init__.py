"""Pure matching: zones, numbers, plates, dates, names. Keeps nothing, reads no clock, logs nothing."""
