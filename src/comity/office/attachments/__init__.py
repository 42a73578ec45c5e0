"""Attachments: files beside messages, sealed on every disk that they touch (docs/protocol/attachments.md)."""
