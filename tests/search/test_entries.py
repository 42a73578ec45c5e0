"""The journal's entries are put together from parts; they must be what readers of the journal expect."""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from comity.index.planning import plan_query
from comity.kernel.clock import to_wire
from comity.kernel.codes import AnswerState, NodeRole, NotificationPolicy, Purpose, Role
from comity.protocol.grants import Grant
from comity.protocol.journal import JournalEntry, SearchEntry
from comity.protocol.search import DocumentQuery, SearchRequest, SourceReport
from comity.search.answering import compose
from comity.search.authentication import Asker
from comity.search.journaling import SearchEntries
from comity.search.sources import Question, Reply

AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


def asker(officer, grant_id, asked_by):
    grant = Grant(
        grant_id=grant_id, issuer="SI", bureau="SI", officer=officer, roles=frozenset([Role.OFFICER]),
        purposes=frozenset(Purpose), issued_at=1, expires_at=2,
    )  # fmt: skip
    return Asker(grant, "token", "SVN", NodeRole.BUREAU, asked_by)


@given(
    officers=st.lists(st.tuples(TEXT, TEXT, st.none() | st.just("FR")), min_size=1, max_size=3),
    questions=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(Purpose), st.sampled_from(NotificationPolicy), TEXT),
        min_size=1,
        max_size=6,
    ),
)
def test_an_entry_is_that_of_its_question_whatever_came_before(officers, questions):
    entries = SearchEntries("SI")
    askers = [asker(*officer) for officer in officers]
    for number, (who, purpose, notify, reference) in enumerate(questions):
        query = DocumentQuery(number=f"AB{number}23")
        request = SearchRequest(purpose=purpose, query=query, notify=notify, reference=reference)
        one = askers[who % len(askers)]
        question = Question(request, plan_query(query, AT), one, AT, to_wire(AT))
        report = SourceReport(name="copy", kind="copy", answered=True, version=number)
        answer = compose(f"id-{number}", question, [(report, Reply(version=number))], 3)
        expected = SearchEntry(
            search_id=answer.search_id, at=to_wire(AT), node="SI", bureau="SI", officer=one.grant.officer,
            grant_id=one.grant.grant_id, purpose=purpose, notify=notify, reference=reference, query=query,
            asked=answer.asked, state=AnswerState.NO_RECORD, finding=AnswerState.NO_RECORD, candidates=[],
            sources=answer.sources, asked_by_node=one.asked_by,
        )  # fmt: skip
        body = entries.entry(question, answer)
        assert msgspec.json.decode(body, type=JournalEntry) == msgspec.json.decode(
            msgspec.json.encode(expected), type=JournalEntry
        )
        assert msgspec.json.decode(body).keys() == msgspec.json.decode(msgspec.json.encode(expected)).keys()
