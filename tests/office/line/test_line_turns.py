"""Room for what is urgent: ordinary messages take turns, and however many come, a FLASH finds a free thread."""

import inspect
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from comity.kernel.codes import Priority
from comity.kernel.errors import BusyError, ErrorCode
from comity.office import clerks
from comity.office.messages import api, door, sending_api
from comity.office.messages.relay_inbox import Lane, page
from comity.office.runtime import home
from comity.office.turns import IN_LINE, Turns, ordinary
from comity.protocol.messages import RelaySubmission
from tests.office.line.carrier import Carrier, now, text_letter


def test_so_many_work_so_many_wait_and_the_rest_come_again() -> None:
    turns, inside, go = Turns(at_once=2, in_line=3), [], threading.Event()

    def work() -> str:
        try:
            with turns.take():
                inside.append(None)
                go.wait(10)
                return "done"
        except BusyError as busy:
            assert (busy.code, busy.retry) == (ErrorCode.LIMIT_RATE, True)
            return "told to come again"

    with ThreadPoolExecutor(9) as pool:
        answers = [pool.submit(work) for _ in range(9)]
        deadline = time.monotonic() + 10
        while sum(answer.done() for answer in answers) < 4:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert len(inside) == 2
        go.set()
        found = [answer.result() for answer in answers]
    assert sorted(found) == ["done"] * 5 + ["told to come again"] * 4
    with turns.take():
        pass  # every place was given back


def test_who_waits_too_long_is_told_to_come_again() -> None:
    turns = Turns(at_once=1, in_line=1, longest_s=0.05)
    with turns.take(), pytest.raises(BusyError), turns.take():
        pass
    with turns.take(), pytest.raises(BusyError), turns.take():
        pass  # the place in the line was given back


def test_a_fault_gives_the_turn_back() -> None:
    turns = Turns(at_once=1, in_line=0)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"), turns.take():
            raise ValueError("x")


@contextmanager
def full_office() -> Iterator[None]:
    """Take every turn and every place in the line while the block runs."""
    turns, go, places = ordinary(), threading.Event(), threading.Semaphore(0)
    working = home().settings.office.threads // 2

    def hold() -> None:
        places.release()
        with suppress(BusyError), turns.take():
            go.wait(30)

    crowd = [threading.Thread(target=hold) for _ in range(working + IN_LINE)]
    for one in crowd:
        one.start()
    try:
        for _ in crowd:
            places.acquire()
        while turns.has_room():
            time.sleep(0.001)
        yield
    finally:
        go.set()
        for one in crowd:
            one.join()


def draft(priority: Priority) -> api.MessageDraft:
    return api.MessageDraft(recipient="FR", subject="Overload", text="One of many.", priority=priority)


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.URGENT])
def test_a_flash_goes_in_at_a_desk_that_is_full_of_others(carrier: Carrier, priority: Priority) -> None:
    caller = carrier.caller("SI")
    with carrier.at("SI"), full_office():
        for body in (draft(priority), sending_api.MessageBatch(messages=[draft(priority)])):
            operation = (
                sending_api.send_batch if isinstance(body, sending_api.MessageBatch) else sending_api.send
            )
            with pytest.raises(BusyError) as busy:
                operation.handler(caller, now(), body=body)
            assert busy.value.code is ErrorCode.LIMIT_RATE
        sent = sending_api.send.handler(caller, now(), body=draft(Priority.FLASH))
        mixed = sending_api.MessageBatch(messages=[draft(priority), draft(Priority.FLASH)])
        assert len(sending_api.send_batch.handler(caller, now(), body=mixed).messages) == 2
    carrier.carry()
    assert sent.header.message_id in {message.message_id for message in carrier.messages("FR")}


@pytest.mark.parametrize("name", ["relay", "deliveries"])
def test_a_flash_goes_in_at_a_door_that_is_full_of_others(carrier: Carrier, name: str) -> None:
    view, at = inspect.unwrap(getattr(door, name)), "SEC" if name == "relay" else "FR"
    normal = carrier.envelope("SI", "FR", text_letter(), priority=Priority.NORMAL)
    flash = carrier.envelope("SI", "FR", text_letter(), priority=Priority.FLASH)
    with carrier.at(at) as node:
        peer = node.directory.current(now()).active("SI")
        with full_office():
            with pytest.raises(BusyError):
                view(None, peer, body=RelaySubmission(envelopes=[normal]))
            answer = view(None, peer, body=RelaySubmission(envelopes=[flash]))
        assert [verdict.accepted for verdict in answer.verdicts] == [True]
        again = view(None, peer, body=RelaySubmission(envelopes=[normal]))
        assert [verdict.accepted for verdict in again.verdicts] == [True]


@contextmanager
def busy_clerks() -> Iterator[list[bool]]:
    """Keep every ordinary clerk of the relay at work while the block runs; yield who has given up waiting."""
    go, at_work, tired = threading.Event(), threading.Semaphore(0), []

    def hold() -> None:
        at_work.release()
        if not go.wait(20):
            tired.append(True)

    crowd = [threading.Thread(target=clerks.ask, args=(hold,)) for _ in range(clerks.CLERKS)]
    for one in crowd:
        one.start()
    try:
        for _ in crowd:
            at_work.acquire()
        yield tired
    finally:
        go.set()
        for one in crowd:
            one.join()


def test_a_flash_is_brought_and_fetched_while_every_clerk_is_at_work(carrier: Carrier) -> None:
    flash = carrier.envelope("SI", "FR", text_letter(), priority=Priority.FLASH)
    bring = inspect.unwrap(door.relay)
    with carrier.at("SEC") as node:
        sender, recipient = (node.directory.current(now()).active(each) for each in ("SI", "FR"))
        with busy_clerks() as tired:
            answer = bring(None, sender, body=RelaySubmission(envelopes=[flash]))
            assert [verdict.accepted for verdict in answer.verdicts] == [True]
            found = page(recipient, Lane.FLASH, 10, 1_000).envelopes
            assert [one.header.message_id for one in found] == [flash.header.message_id]
            assert tired == [], "it waited for an ordinary clerk"
