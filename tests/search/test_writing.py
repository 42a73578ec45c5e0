"""Answers and entries are put together from parts; they must be what readers of both expect."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from comity.index.exact import candidate
from comity.index.planning import plan_query
from comity.index.rows import Listed
from comity.kernel.clock import to_wire
from comity.kernel.codes import FailureReason, NodeRole, NotificationPolicy, Purpose, Role
from comity.kernel.errors import InputError
from comity.protocol.grants import Grant
from comity.protocol.journal import JournalEntry, SearchEntry
from comity.protocol.search import (
    DocumentQuery,
    EngineQuery,
    PlateQuery,
    SearchAnswer,
    SearchRequest,
    SourceReport,
    VinQuery,
)
from comity.search.answering import compose
from comity.search.authentication import Asker
from comity.search.sources import Heard, Question, Reply
from comity.search.writing import AnswerWriter

AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
FOUND = candidate(
    Listed("01890a5d-ac96-774b-bcce-b302099a8057", "travel_documents", "FR", 1, "official", {"number": "AB1"}),
    [], 1000, hit=True,
)  # fmt: skip
REPLIES = st.builds(
    Reply,
    candidates=st.sampled_from([[], [], [FOUND]]),
    reason=st.none() | st.sampled_from(FailureReason),
    version=st.none() | st.integers(0, 9),
    age_s=st.none() | st.integers(0, 9),
)
QUERIES = st.one_of(
    st.builds(DocumentQuery, TEXT, st.none() | st.sampled_from(["SVN", "D", "fra"]), st.none() | st.just("passport")),
    st.builds(PlateQuery, TEXT),
    st.builds(VinQuery, TEXT),
    st.builds(EngineQuery, TEXT),
)  # fmt: skip


def asker(officer, grant_id, asked_by):
    grant = Grant(
        grant_id=grant_id, issuer="SI", bureau="SI", officer=officer, roles=frozenset([Role.OFFICER]),
        purposes=frozenset(Purpose), issued_at=1, expires_at=2,
    )  # fmt: skip
    return Asker(grant, "token", "SVN", NodeRole.BUREAU, asked_by, AT)


def heard(replies):
    reports = [
        SourceReport(
            name=f"source {place}", kind="copy", answered=reply.reason is None, reason=reply.reason,
            version=reply.version, age_s=reply.age_s,
        )
        for place, reply in enumerate(replies)
    ]  # fmt: skip
    return Heard(list(zip(reports, replies, strict=True)))


@given(
    officers=st.lists(st.tuples(TEXT, TEXT, st.none() | st.just("FR")), min_size=1, max_size=3),
    said=st.lists(st.lists(REPLIES, min_size=1, max_size=3), min_size=1, max_size=3),
    questions=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 2), QUERIES, st.sampled_from(Purpose),
            st.sampled_from(NotificationPolicy), TEXT, st.integers(0, 2_000), st.integers(0, 1),
        ),
        min_size=1,
        max_size=6,
    ),
)  # fmt: skip
def test_answer_and_entry_are_those_of_the_question_whatever_came_before(officers, said, questions):
    writer, askers = AnswerWriter("SI"), [asker(*officer) for officer in officers]
    sources = [heard(replies) for replies in said]
    instants = [AT, AT.replace(second=9)]
    texts = [to_wire(at) for at in instants]
    for number, (who, what, query, purpose, notify, reference, took_ms, when) in enumerate(questions):
        try:
            plan = plan_query(query, AT)
        except InputError:
            continue
        one, given_by = askers[who % len(askers)], sources[what % len(sources)]
        request = SearchRequest(purpose=purpose, query=query, notify=notify, reference=reference)
        question = Question(request, plan, one, instants[when], texts[when])
        expected = compose(f"id-{number}", question, given_by, took_ms)
        written = writer.write(f"id-{number}", question, given_by, took_ms)
        assert written.state is expected.state
        assert msgspec.json.decode(written.body, type=SearchAnswer) == expected
        assert msgspec.json.decode(written.body) == msgspec.json.decode(msgspec.json.encode(expected))
        entry = SearchEntry(
            search_id=expected.search_id, at=texts[when], node="SI", bureau="SI",
            officer=one.grant.officer, grant_id=one.grant.grant_id, purpose=purpose, notify=notify,
            reference=reference, query=query, asked=expected.asked, state=expected.state,
            finding=expected.finding, candidates=expected.candidates, sources=expected.sources,
            asked_by_node=one.asked_by,
        )  # fmt: skip
        assert msgspec.json.decode(written.entry, type=JournalEntry) == entry
        assert msgspec.json.decode(written.entry) == msgspec.json.decode(msgspec.json.encode(entry))
