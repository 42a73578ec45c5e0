"""The read model: what a node can find, built from the feed, in one LMDB environment.

Restrictions and expiry act in here (I6): to a viewer who may not see a record there is no candidate,
no count and no trace in a score. No HTTP, no Django.
"""
