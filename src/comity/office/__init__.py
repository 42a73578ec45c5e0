"""The office: Django pages, node-to-node door, machine API and workers of one node.

One app per noun. `services.py` are the only writers: one use case, one function, one transaction.
"""
