"""What a country may not see does not exist for it, on the way that officers' questions take (I6)."""

import gc
import re
import sys

import pytest

from comity.index.planning import plan_query
from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.protocol.grants import Grant
from comity.protocol.search import DocumentQuery, PlateQuery, SearchRequest
from comity.search.authentication import Asker
from comity.search.copy_source import CopySource
from comity.search.sources import AtOnce, Question
from comity.search.writing import AnswerWriter
from tests.index.feeding import document, person, vehicle
from tests.search.nodes import COPY, Network

HIDDEN = [
    document("AA111", deny=["SVN"], owner="FR"),
    document("AA111", allow=["FRA"], owner="FR"),
    person("Ana Testova", documents=["AA111"], deny=["SVN"], owner="FR"),
    vehicle(plate="LJ AB-123", deny=["SVN"], owner="FR"),
    document("CC333", deny=["SVN"], owner="FR"),
]
OTHERS = [
    document("XX111"), document("XX222"), person("Ana Testova", documents=["XX333"]),
    vehicle(plate="XX AB-123"), document("XX444"),
]  # fmt: skip
SEEN = document("CC333")
TOOK = re.compile(rb'"took_ms":[0-9]+')
QUERIES = [
    DocumentQuery("AA111"),
    DocumentQuery("AAI1I", "FRA"),
    PlateQuery("LJ AB-123"),
    DocumentQuery("CC333"),
]


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """Two copies of one length: in the first the hidden records, in the second others in their place."""
    network = Network(tmp_path_factory.mktemp("hidden"))
    as_of = to_wire(network.at)
    network.fill("SI", SEEN, *HIDDEN, as_of=as_of)
    network.fill("FR", SEEN, *OTHERS, as_of=as_of)
    made = [CopySource(COPY, network.homes[node]) for node in ("SI", "FR")]
    yield made
    for one in made:
        one.index.close()


def asked(query, country, at):
    grant = Grant(
        grant_id="g", issuer="SI", bureau="SI", officer="o", roles=frozenset([Role.OFFICER]),
        purposes=frozenset(Purpose), issued_at=1, expires_at=2,
    )  # fmt: skip
    asker = Asker(grant, "token", country, NodeRole.BUREAU, None, at)
    request = SearchRequest(purpose=Purpose.BORDER_CONTROL, query=query)
    return Question(request, plan_query(query, at), asker, at, to_wire(at))


def told(copy, questions):
    """Return answers and journal entries, byte for byte but for the milliseconds that they took."""
    heard, writer = AtOnce([copy]).ask(questions), AnswerWriter("SI")
    written = [
        writer.write("019c0000-0000-7000-8000-000000000001", question, given, 0)
        for question, given in zip(questions, heard, strict=True)
    ]
    return [(one.state, TOOK.sub(b"", one.body), TOOK.sub(b"", one.entry)) for one in written]


def calls(copy, questions):
    """Return every call that looking and writing make, one after the other.

    Twenty times a second a question also looks whether another index is in use: that one does not count.
    """
    while ("call", "signature", "") in (made := calls_once(copy, questions)):
        pass
    return made


def calls_once(copy, questions):
    gc.collect()
    told(copy, questions)
    made = []

    def note(frame, event, argument):
        made.append((event, frame.f_code.co_name, getattr(argument, "__name__", "")))

    gc.disable()
    sys.setprofile(note)
    try:
        told(copy, questions)
    finally:
        sys.setprofile(None)
        gc.enable()
    return made


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_answer_entry_and_work_are_those_of_a_copy_without_the_record_i6(copies, query):
    at = SystemClock().now()
    with_hidden, without = copies
    questions = [asked(query, "SVN", at)]
    assert told(with_hidden, questions) == told(without, questions)
    assert calls(with_hidden, questions) == calls(without, questions)
    assert told(with_hidden, [asked(query, "FRA", at)]) != told(without, [asked(query, "FRA", at)])


def test_in_a_round_with_those_who_see_it_the_others_do_not_i6(copies):
    at = SystemClock().now()
    with_hidden, without = copies
    mixed = [asked(query, country, at) for query in QUERIES for country in ("FRA", "SVN", "FRA")]
    one, other = told(with_hidden, mixed), told(without, mixed)
    assert one[1::3] == other[1::3]
    assert one[0::3] == one[2::3] != other[0::3]
