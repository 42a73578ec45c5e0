"""The words that nodes and clients exchange, as msgspec types; docs/protocol/ describes them.

Every type refuses unknown fields. Instants are RFC 3339 in UTC with `Z` (`kernel.clock.to_wire`).
Whole numbers and text only, so that each value has canonical bytes.
"""
