"""I9: which outgoing messages need a second person, as a pure function of what the bureau demands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.errors import ConfigurationError
from comity.kernel.ids import FormId
from comity.node.release_settings import ReleaseSection, demand_of
from comity.node.settings import parse_settings
from comity.rules import labels
from comity.rules.release import (
    BINDING_FORMS,
    NODE_FORMS,
    NOTHING,
    PROOF_LASTS,
    Demand,
    Ground,
    Outgoing,
    ReachKind,
    grounds_for,
    is_proven,
)

AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
FORMS = st.sampled_from(sorted({FormId("free_text"), FormId("prison_transfer"), *BINDING_FORMS, *NODE_FORMS}))
PEOPLES_FORMS = FORMS.filter(lambda form: form not in NODE_FORMS)
REACH = st.frozensets(st.sampled_from(list(ReachKind)))


def outgoing(forms=FORMS):
    return st.builds(
        Outgoing,
        form=forms,
        label=st.sampled_from(list(HandlingLabel)),
        priority=st.sampled_from(list(Priority)),
        recipients=st.integers(1, 300),
        reach=REACH,
    )


DEMANDS = st.builds(
    Demand,
    everything=st.booleans(),
    label=st.none() | st.sampled_from(list(HandlingLabel)),
    priorities=st.frozensets(st.sampled_from(list(Priority))),
    forms=st.frozensets(PEOPLES_FORMS),
    recipients=st.none() | st.integers(1, 300),
    reach=REACH,
)


@given(outgoing(), DEMANDS)
def test_demanding_more_never_lets_more_leave(message, demand):
    found = set(grounds_for(message, demand))
    assert found <= set(grounds_for(message, replace(demand, everything=True)))
    for more in (
        replace(demand, priorities=frozenset(Priority)),
        replace(demand, label=HandlingLabel.OFFICIAL),
        replace(demand, recipients=1),
        replace(demand, reach=frozenset(ReachKind)),
        replace(demand, forms=demand.forms | {message.form}),
    ):
        assert found <= set(grounds_for(message, more))


@given(outgoing(PEOPLES_FORMS), DEMANDS, st.integers(0, 100), st.sampled_from(list(HandlingLabel)))
def test_a_graver_message_is_never_freer(message, demand, added, label):
    stricter = labels.highest([message.label, label])
    graver = replace(
        message, recipients=message.recipients + added, label=stricter, reach=frozenset(ReachKind)
    )
    assert set(grounds_for(message, demand)) <= set(grounds_for(graver, demand))


@given(outgoing(PEOPLES_FORMS))
def test_without_a_demand_only_what_binds_the_country_waits(message):
    binding = (Ground.BINDING,) if message.form in BINDING_FORMS else ()
    assert grounds_for(message, NOTHING) == binding
    assert Ground.EVERYTHING in grounds_for(message, Demand(everything=True))


@given(outgoing(FORMS.filter(lambda form: form in NODE_FORMS)), DEMANDS)
def test_what_the_node_says_is_never_held(message, demand):
    assert grounds_for(message, demand) == ()


def test_each_demand_is_told_as_its_own_ground():
    message = Outgoing(
        form=FormId("free_text"),
        label=HandlingLabel.CONFIDENTIAL,
        priority=Priority.FLASH,
        recipients=10,
        reach=frozenset({ReachKind.REGION}),
    )
    for demand, ground in (
        (Demand(label=HandlingLabel.RESTRICTED), Ground.LABEL),
        (Demand(priorities=frozenset({Priority.FLASH})), Ground.PRIORITY),
        (Demand(forms=frozenset({FormId("free_text")})), Ground.FORM),
        (Demand(recipients=10), Ground.RECIPIENTS),
        (Demand(reach=frozenset({ReachKind.REGION})), Ground.REACH),
    ):
        assert grounds_for(message, demand) == (ground,)
    for demand in (Demand(recipients=11), Demand(reach=frozenset({ReachKind.ALL}))):
        assert grounds_for(message, demand) == ()


@given(st.integers(-3600, 3600))
def test_a_proof_lasts_five_minutes(seconds):
    proved = is_proven(AT - timedelta(seconds=seconds), AT)
    assert proved is (0 <= seconds <= PROOF_LASTS.total_seconds())
    assert not is_proven(None, AT)


NODE = {"id": "SI", "role": "bureau", "country": "SVN", "name": "Ljubljana", "network": "test"}


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"label": "secret"}, "release.label"),
        ({"labels": ["restricted"]}, "release.labels"),
        ({"priorities": ["soon"]}, "release.priorities[0]"),
        ({"forms": ["hit_alarm"]}, "release.forms"),
        ({"forms": ["Not A Form"]}, "release.forms[0]"),
        ({"recipients": -1}, "release.recipients"),
        ({"recipients": True}, "release.recipients"),
        ({"reach": ["everybody"]}, "release.reach[0]"),
        ({"everything": "no"}, "release.everything"),
    ],
)
def test_odd_demands_are_refused_by_the_name_of_the_key(section, key):
    with pytest.raises(ConfigurationError) as refused:
        parse_settings({"node": NODE, "secretariat": {"url": "https://localhost:1"}, "release": section})
    assert refused.value.field == key


def test_a_demand_is_what_the_section_says():
    said = ReleaseSection(
        label="restricted",
        priorities=[Priority.FLASH],
        forms=["prison_transfer"],
        recipients=10,
        reach=["all"],
    )
    assert demand_of(said) == Demand(
        label=HandlingLabel.RESTRICTED,
        priorities=frozenset({Priority.FLASH}),
        forms=frozenset({FormId("prison_transfer")}),
        recipients=10,
        reach=frozenset({ReachKind.ALL}),
    )
    assert demand_of(ReleaseSection()) == NOTHING
