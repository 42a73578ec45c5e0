"""The judge of `comity test faults` finds every kind of fault in a history, and none in a good one (I4)."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.cli.faults.checker import Fault, check
from comity.cli.faults.history import History, Said, Shown, View

DESKS = ("SEC", "SI", "FR")
PRIORITIES = ("normal", "urgent", "flash")


def whole(seed: int, count: int) -> History:
    """Messages in two threads among three desks, all of which arrived as they should."""
    chance = random.Random(seed)
    said = []
    views = {desk: View(followed=[]) for desk in DESKS}
    kept: dict[str, set[str]] = {desk: set() for desk in DESKS}
    for number in range(count):
        sender = chance.choice(DESKS)
        others = [desk for desk in DESKS if desk != sender]
        recipients = tuple(sorted(chance.sample(others, chance.randint(1, 2))))
        answered = chance.random() > 0.2
        stored = answered or chance.random() > 0.5
        one = Said(
            number // 5, f"text {number}", sender, recipients, chance.choice(PRIORITIES), f"id {number}"
        )
        said.append(one if answered else replace(one, message_id=None))
        if not stored:
            continue
        kept[sender].add(one.text)
        shown = Shown(f"id {number}", f"thread {number % 2}", sender, one.priority, one.text)
        for desk in recipients:
            views[desk].listed.append(shown)
            views[desk].threads.setdefault(shown.thread_id, []).append(shown)
            views[desk].followed.append(shown.message_id)
    return History(said, views, kept, {desk: set() for desk in DESKS})


def some_acknowledged(history: History) -> tuple[Said, str, int]:
    """A message that arrived, at one of its desks, and its place in the list there."""
    said = next(one for one in history.said if one.message_id)
    desk = said.recipients[0]
    place = [shown.message_id for shown in history.views[desk].listed].index(said.message_id)
    return said, desk, place


def found(history: History) -> set[tuple[Fault, int, str, str]]:
    return {(one.fault, one.seed, one.desk, one.text) for one in check(history)}


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60))
def test_a_good_history_has_no_findings(seed, count):
    assert check(whole(seed, count)) == []


def test_messages_of_other_lanes_may_overtake_in_the_list():
    """FLASH goes first; only the thread puts a sender's messages in the order of writing."""
    history = History([], {desk: View() for desk in DESKS})
    for number, priority in enumerate(("normal", "flash")):
        history.said.append(Said(1, priority, "SI", ("FR",), priority, str(number)))
    normal, flash = (Shown(str(n), "t", "SI", p, p) for n, p in enumerate(("normal", "flash")))
    history.views["FR"].listed = [flash, normal]
    history.views["FR"].threads = {"t": [normal, flash]}
    assert check(history) == []
    history.views["FR"].threads = {"t": [flash, normal]}
    assert found(history) == {(Fault.OUT_OF_ORDER, 1, "FR", "normal")}


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_a_lost_message_is_found(seed):
    history = whole(seed, 40)
    said, desk, place = some_acknowledged(history)
    gone = history.views[desk].listed.pop(place)
    for thread in history.views[desk].threads.values():
        if gone in thread:
            thread.remove(gone)
    assert found(history) == {(Fault.LOST, said.seed, desk, said.text)}


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_a_message_that_whoever_follows_the_list_never_saw_is_lost(seed):
    history = whole(seed, 40)
    said, desk, _ = some_acknowledged(history)
    history.views[desk].followed.remove(said.message_id)
    assert found(history) == {(Fault.LOST, said.seed, desk, said.text)}


def test_a_message_that_its_senders_desk_shows_as_sent_counts_as_acknowledged():
    history = History(
        [Said(3, "text", "SI", ("FR",), "normal", None)],
        {desk: View() for desk in DESKS},
        kept={"SI": {"text"}},
    )
    assert found(history) == {(Fault.LOST, 3, "FR", "text")}
    history.kept["SI"].clear()
    assert check(history) == []


@settings(deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_doubled_message_is_found(seed, under_a_new_id):
    history = whole(seed, 40)
    said, desk, place = some_acknowledged(history)
    again = history.views[desk].listed[place]
    history.views[desk].listed.insert(
        place + 1, replace(again, message_id="new") if under_a_new_id else again
    )
    assert (Fault.DOUBLED, said.seed, desk, said.text) in found(history)
    kinds = {one.fault for one in check(history)}
    assert kinds == ({Fault.DOUBLED, Fault.ALTERED} if under_a_new_id else {Fault.DOUBLED})


def test_a_message_given_out_twice_as_new_is_found():
    history = whole(1, 40)
    said, desk, _ = some_acknowledged(history)
    history.views[desk].followed.append(said.message_id)
    assert found(history) == {(Fault.DOUBLED, said.seed, desk, said.text)}


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_a_reordered_message_is_found_in_list_and_thread(seed):
    history = whole(seed, 80)
    for desk, view in history.views.items():
        for lane in (view.listed, *view.threads.values()):
            for first, second in _neighbours(lane, {one.text for one in history.said if one.message_id}):
                lane[first], lane[second] = lane[second], lane[first]
                assert {(one.fault, one.desk) for one in check(history)} == {(Fault.OUT_OF_ORDER, desk)}
                lane[first], lane[second] = lane[second], lane[first]
    assert check(history) == []


def _neighbours(lane: list[Shown], answered: set[str]) -> list[tuple[int, int]]:
    """Places of two answered messages that follow one another in one sender's lane of one thread."""
    latest: dict[tuple[str, str, str], int] = {}
    pairs = []
    for place, shown in enumerate(lane):
        if shown.text not in answered:
            continue
        key = (shown.sender, shown.thread_id, shown.priority)
        if key in latest:
            pairs.append((latest[key], place))
        latest[key] = place
    return pairs[:3]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"text": "other"}, "nobody wrote this"),
        ({"sender": "XX"}, "another sender or priority"),
        ({"priority": "none"}, "another sender or priority"),
        ({"message_id": "other"}, "another id than its sender was told"),
    ],
)
def test_an_altered_message_is_found(change, detail):
    history = whole(2, 40)
    _, desk, place = some_acknowledged(history)
    history.views[desk].listed[place] = replace(history.views[desk].listed[place], **change)
    assert detail in {one.detail for one in check(history) if one.fault is Fault.ALTERED}


def test_a_message_at_the_wrong_desk_is_found():
    history = whole(2, 40)
    said, desk, place = some_acknowledged(history)
    wrong = next(other for other in DESKS if other not in {*said.recipients, said.sender})
    history.views[wrong].listed.append(history.views[desk].listed[place])
    assert found(history) == {(Fault.ALTERED, said.seed, wrong, said.text)}


def test_what_is_never_confirmed_is_found():
    history = whole(2, 40)
    said = next(one for one in history.said if one.message_id)
    history.unconfirmed[said.sender].add(said.message_id)
    assert found(history) == {(Fault.UNCONFIRMED, said.seed, said.sender, said.text)}
