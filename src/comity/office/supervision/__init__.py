"""What was done by whom: the node's journal and the searches that were answered."""
