"""`comity test faults`: real nodes under random faults, and an independent check that no message suffers.

`checker` and `history` know nothing of the product: they compare what senders were told with what
recipients saw. Everything else makes trouble for real processes and reads their machine interface.
"""
