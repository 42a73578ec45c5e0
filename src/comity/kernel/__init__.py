"""What every package may say: ids, clock, errors, code lists, canonical bytes. No input or output."""
