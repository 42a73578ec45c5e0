"""Sealed messages: threads, outbox, inbox, relay."""
