"""What the tests share: a private PostgreSQL, worlds of real nodes, and clients that come in by the front door."""
