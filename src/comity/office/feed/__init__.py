"""The secretariat's feed of changes and the receipts of copies."""
