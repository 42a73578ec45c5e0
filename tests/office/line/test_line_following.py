"""Programs that follow a list miss nothing: not what commits late, and not after a restored backup (I4)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from comity.kernel.codes import Priority
from comity.kernel.ids import BureauId, ThreadId
from comity.office.following import LONGEST_WAIT_S
from comity.office.messages import api, services
from comity.office.messages.models import Message, Thread
from comity.office.messages.services import Draft
from comity.office.messages.threads import messages_in_order
from comity.office.runtime import home
from comity.office.scoping import acting_for
from tests.office.line.carrier import SECRETARIAT, Carrier, now
from tests.office.line.disasters import back_up, put_back, recover, restore


class Follower:
    """Reads the own desk's list as a program does: what comes after the last row that it saw."""

    def __init__(self, carrier: Carrier, node: str) -> None:
        self._caller, self._after = carrier.caller(node), 0
        self.seen: list[str] = []

    def read(self) -> list[str]:
        page = api.list_messages.handler(self._caller, now(), api.ListQuery(after=self._after)).messages
        self._after = page[-1].id if page else self._after
        self.seen += [one.subject for one in page]
        return self.seen


class Writers:
    """Two who write at once: one takes its number first and commits last."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.go_on = threading.Event()
        numbered = threading.Event()
        self._slow = pool.submit(
            _with_own_connection, lambda: self._write("slow", "FR", numbered, self.go_on)
        )
        assert numbered.wait(20)
        self._quick = pool.submit(_with_own_connection, lambda: self._write("quick", "MA"))
        if connection.vendor == "postgresql":  # SQLite has them write one after the other
            self._quick.result(20)

    def finish(self) -> None:
        self.go_on.set()
        self._slow.result(20)
        self._quick.result(20)

    @staticmethod
    def _write(
        subject: str, to: str, numbered: threading.Event | None = None, go: threading.Event | None = None
    ) -> None:
        draft = Draft(recipients=(BureauId(to),), subject=subject, text="text")
        with transaction.atomic():
            services.send_drafts([draft], now())
            if numbered is not None and go is not None:
                numbered.set()
                assert go.wait(20)


def _with_own_connection(work: Callable[[], None]) -> None:
    try:
        with acting_for(home().bureau):
            work()
    finally:
        connections.close_all()


def test_what_commits_late_is_not_passed_by(carrier: Carrier) -> None:
    """I4: a row with a lower number may still come, so nothing behind it is shown."""
    with carrier.at("SI"), ThreadPoolExecutor(2) as pool:
        follower, writers = Follower(carrier, "SI"), Writers(pool)
        try:
            assert follower.read() == []
        finally:
            writers.finish()
        assert follower.read() == ["slow", "quick"]


def test_a_reader_waits_a_moment_for_who_is_writing(carrier: Carrier) -> None:
    """What was answered as stored is in the list at once, also beside one who began before."""
    with carrier.at("SI"), ThreadPoolExecutor(3) as pool:
        follower, writers = Follower(carrier, "SI"), Writers(pool)
        reading: Future[None] = pool.submit(_with_own_connection, lambda: follower.read() and None)
        time.sleep(LONGEST_WAIT_S / 5)
        writers.finish()
        reading.result(20)
        if connection.vendor == "postgresql":
            assert follower.seen == ["slow", "quick"]
        assert follower.read() == ["slow", "quick"]


def test_a_desk_that_was_put_back_goes_on_behind_what_was_read(carrier: Carrier) -> None:
    """I4: the restored database would give the numbers of lost rows a second time."""
    with carrier.at("SI"):
        follower = Follower(carrier, "SI")
    carrier.send("SI", "FR", subject="1")
    backup = back_up(carrier, "SI")
    for subject in ("2", "3"):
        carrier.send("SI", "FR", subject=subject)
    with carrier.at("SI"):
        follower.read()
    put_back(carrier, "SI", backup)
    give_numbers_again(carrier, "SI")
    carrier.send("SI", "FR", subject="4")
    with carrier.at("SI"):
        assert follower.read() == ["1", "2", "3", "4"]


def give_numbers_again(carrier: Carrier, node: str) -> None:
    """Let a table of messages number its rows from the last one that it has, as a restored one does."""
    with carrier.at(node), connection.cursor() as cursor:
        last, table = Message.objects.order_by("-pk").values_list("pk", flat=True)[0], Message._meta.db_table
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, last])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, table])


@pytest.mark.parametrize("node", ["SI", SECRETARIAT])
def test_what_is_written_after_a_restore_stands_behind_what_was_lost(carrier: Carrier, node: str) -> None:
    """I4: its count in the thread went back with the database, and another lane shows no number twice."""
    thread = ThreadId(carrier.send_to(node, "FR", "MA", text="1").thread.thread_id)
    carrier.carry()
    backup = back_up(carrier, node)
    carrier.send(node, "MA", "2", thread_id=thread)
    carrier.send(node, "FR", "3", thread_id=thread)
    carrier.carry()
    restore(carrier, node, backup)
    carrier.send(node, "FR", "4", thread_id=thread, priority=Priority.FLASH)
    recover(carrier)
    with carrier.at("FR"):
        rows = messages_in_order(Thread.objects.get(thread_id=thread))
    assert [one.text for one in rows] == ["1", "3", "4"]
