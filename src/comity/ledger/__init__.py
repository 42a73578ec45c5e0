"""What makes history checkable: commitments of the feed, and the journal spool (I1).

An entry here is a string of bytes; what it means is nobody's business in this package.
"""
