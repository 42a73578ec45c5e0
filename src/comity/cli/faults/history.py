"""What was observed from outside: what senders were told, and what desks showed. Nothing of the product."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """One message that somebody tried to send, once."""

    seed: int
    """Of the schedule that it belongs to."""
    text: str
    """Different for every attempt, so that a message is known again wherever it turns up."""
    sender: str
    recipients: tuple[str, ...]
    priority: str
    message_id: str | None
    """None: no answer came, so nobody knows whether it was stored."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as a desk shows it."""

    message_id: str
    thread_id: str
    sender: str
    priority: str
    text: str


@dataclass
class View:
    """What one desk shows."""

    listed: list[Shown] = field(default_factory=list)
    """The whole list, in the order in which it is given out."""
    threads: dict[str, list[Shown]] = field(default_factory=dict)
    """Each thread as it is read, first to last; empty where the desk gives out no such order."""
    followed: list[str] | None = None
    """Message ids that a program saw which asked again and again for what is new; None: nobody followed."""


@dataclass
class History:
    """All that the checker is given."""

    said: list[Said]
    """In the order in which each sender began; a sender begins the next when the last has ended."""
    views: dict[str, View]
    """By desk: the received messages only."""
    kept: dict[str, set[str]] = field(default_factory=dict)
    """By desk: texts of own messages that it shows itself, which its people take for sent."""
    unconfirmed: dict[str, set[str]] = field(default_factory=dict)
    """By desk: ids of own messages of which it does not say that every recipient has them."""
