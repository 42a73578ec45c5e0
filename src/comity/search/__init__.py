"""The officers' hot path: POST /v1/search over TLS, with a grant, journaled before it is answered.

No Django, no database: an index in mapped memory, a spool on the disk, and other nodes' searches.
"""
