"""Comity: an open police cooperation network. Start reading at docs/architecture.md."""

__version__ = "0.1.0"
