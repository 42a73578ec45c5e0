"""Own forms of a bureau, beside those that the product declares."""
