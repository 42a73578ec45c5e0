"""Who receives and who does not: the two lists together name everybody that a sender might think of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.codes import NodeRole
from comity.kernel.codes.regions import Region, region_of
from comity.kernel.errors import InputError
from comity.protocol.members import Directory, Member, MemberStatus, PublicKeys
from comity.protocol.reach import Reason, reach_of, reach_of_list, regions_in

NO_KEYS = PublicKeys(ed25519="", ml_dsa_65="", sealing="")
COUNTRIES = {"SI": "SVN", "FR": "FRA", "MA": "MAR", "JP": "JPN", "BR": "BRA", "SEC": "XPO"}


def member(node, status=MemberStatus.ACTIVE, since="2026"):
    bureau = node.split("-")[0]
    role = NodeRole.POST if "-" in node else NodeRole.SECRETARIAT if node == "SEC" else NodeRole.BUREAU
    return Member(
        node=node, bureau=bureau, role=role, country=COUNTRIES[bureau], name=bureau, status=status,
        certificate_sha256="", keys=NO_KEYS, since=since,
    )  # fmt: skip


def directory(*members):
    return Directory(network="t", version=1, issued_at="", expires_at="", members=list(members))


WORLD = directory(
    member("SEC"), member("SI"), member("SI-post1"), member("FR"), member("MA"),
    member("JP", MemberStatus.SUSPENDED), member("BR", MemberStatus.REMOVED),
)  # fmt: skip


def test_all_are_bureaus_in_force_and_who_is_not_is_named():
    reach = reach_of("all", WORLD, "SI")
    assert reach.receive == ("FR", "MA")
    assert reach.left_out == (("JP", Reason.SUSPENDED), ("SEC", Reason.SECRETARIAT))


def test_a_region_reaches_its_bureaus_only():
    assert reach_of("region:europe", WORLD, "MA") == (("FR", "SI"), ())
    assert reach_of("region:asia_pacific", WORLD, "MA") == ((), (("JP", Reason.SUSPENDED),))
    for wrong in ("region:africa", "region:moon", "moon"):
        with pytest.raises(InputError) as raised:
            reach_of(wrong, WORLD, "SI")
        assert (str(raised.value.code), raised.value.field) == ("reach.region", "reach")


def test_named_bureaus_receive_or_are_named_with_the_reason():
    reach = reach_of_list(["FR", "SEC", "FR", "JP", "BR", "XX", "SI"], WORLD, "SI")
    assert reach.receive == ("FR", "SEC")
    assert dict(reach.left_out) == {
        "JP": Reason.SUSPENDED, "BR": Reason.REMOVED, "XX": Reason.UNKNOWN, "SI": Reason.OWN,
    }  # fmt: skip


def test_who_joined_again_receives():
    again = directory(member("SI"), member("FR", MemberStatus.REMOVED), member("FR", since="2027"))
    assert reach_of("all", again, "SI").receive == ("FR",)
    assert reach_of_list(["FR"], directory(*reversed(again.members)), "SI").receive == ("FR",)


def test_only_regions_with_a_bureau_are_offered():
    assert regions_in(WORLD) == [Region.ASIA_PACIFIC, Region.EUROPE, Region.MIDDLE_EAST_NORTH_AFRICA]


@given(
    st.lists(
        st.tuples(st.sampled_from([*COUNTRIES, "SI-post1"]), st.sampled_from(MemberStatus)),
        max_size=9,
        unique_by=lambda entry: entry[0],
    )
)
def test_nobody_is_forgotten_and_nobody_receives_who_must_not(entries):
    world = directory(*(member(node, status) for node, status in entries))
    reach = reach_of("all", world, "SI")
    in_force = {
        m.bureau for m in world.members if m.status is MemberStatus.ACTIVE and m.role is NodeRole.BUREAU
    }
    assert set(reach.receive) == in_force - {"SI"}
    assert not set(reach.receive) & {left.bureau for left in reach.left_out}
    for region in regions_in(world):
        part = reach_of(f"region:{region}", world, "SI")
        assert set(part.receive) == {b for b in reach.receive if region_of(COUNTRIES[b]) is region}
