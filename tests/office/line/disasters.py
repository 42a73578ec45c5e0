"""Putting a node of the test's own process back from a backup, and letting the line recover from it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import transaction

from comity.kernel.codes import MessageState
from comity.office.messages import gaps, outbox, outgoing, relay_numbers
from comity.office.messages.models import Delivery, Message, TakeLane
from comity.office.messages.take_lanes import LaneKey
from tests.harness.offices import start_anew
from tests.office.line.carrier import SECRETARIAT, Carrier, now

NODES = (SECRETARIAT, "SI", "FR", "MA")
Backup = dict[Any, list[Any]]


def back_up(carrier: Carrier, node: str) -> Backup:
    """Return everything that a node knows of the line."""
    with carrier.at(node):
        models = apps.get_app_config("line").get_models()
        return {model: list(model._base_manager.all()) for model in models}


def restore(carrier: Carrier, node: str, backup: Backup) -> None:
    """Put a node's line back, and start it: it compares numbers with the relay; at the relay all others do."""
    put_back(carrier, node, backup)
    meet(carrier, NODES if node == SECRETARIAT else [node])


def put_back(carrier: Carrier, node: str, backup: Backup) -> None:
    """Put a node's line back, stopped meanwhile, and nothing more."""
    with carrier.at(node), transaction.atomic():
        for model in backup:
            rows = model._base_manager.all()
            rows._raw_delete(rows.db)
        for model, rows in backup.items():
            model._base_manager.bulk_create(rows)
    start_anew()


def meet(carrier: Carrier, nodes: Iterable[str]) -> None:
    """Have nodes compare numbers with the relay, as on another instance of it, with what waits there taken in."""
    for node in nodes:
        with carrier.at(SECRETARIAT) as home:
            told = relay_numbers.numbers_of(home.directory.current(now()).active(node)).numbers
        with carrier.at(node):
            own = {(one.recipient, one.priority): one.sequence for one in told if one.sender == node}
            outgoing.raise_numbers(own)
            outbox.offer_above(own, now())
        carrier.pull(node)
        with carrier.at(node):
            heard = {LaneKey(one.priority, one.sender): one.sequence for one in told if one.recipient == node}
            gaps.hear_of(heard, now())


def recover(carrier: Carrier, rounds: int = 6) -> None:
    """Let minutes pass until nothing is missing anywhere and everything is confirmed."""
    for _ in range(rounds):
        for node in NODES:
            with carrier.at(node):
                Delivery.objects.filter(waiting=True).update(next_attempt_at=now())
        carrier.carry()
        left = {node: _is_open(carrier, node) for node in NODES}
        if not any(left.values()):
            return
    raise AssertionError(f"after minutes still open: {left}")


def _is_open(carrier: Carrier, node: str) -> list[str]:
    """Return what is missing or unconfirmed at a node, and have it ask if it is to."""
    with carrier.at(node):
        lanes = TakeLane.objects.exclude(gap_since=None)
        missing = [f"{lane.sender} {lane.priority} {lane.last_taken} of {lane.highest}" for lane in lanes]
        long_ago = now() - timedelta(seconds=40)
        lanes.update(gap_since=long_ago)
        lanes.exclude(asked_at=None).update(asked_at=long_ago)
        gaps.ask_for_missing(now())
        waiting = [
            f"to {row.recipient} {row.priority} {row.sequence}"
            for row in Delivery.objects.filter(waiting=True)
        ]
        own = Message.objects.filter(sender=node).exclude(
            state__in=[MessageState.DELIVERED, MessageState.READ, MessageState.ANSWERED]
        )
        return missing + waiting + [message.text for message in own]
