"""Keys, signatures, seals, certificates, private files. Raw bytes only: it knows no domain word."""
