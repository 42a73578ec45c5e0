"""Units below a bureau: sub-bureaus and national authorities that receive through it."""
