"""Persons, vehicles and documents of a case, and where each was seen before, as far as the reader may know."""

import pytest

from comity.kernel.codes import Role
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import BureauId, FormId, MessageId, new_id
from comity.office.cases import linking, seen
from comity.office.cases.entities import EntityKind, add_entity, seen_before
from comity.office.cases.models import CaseItem, SeenKey
from comity.office.cases.opening import open_case
from comity.office.hits.models import Hit
from comity.office.messages.services import Draft, send_all
from comity.office.recalls.services import recall
from comity.office.records.erasure import erase_records
from comity.office.records.models import Record
from tests.office.core.making import enter_document, now
from tests.office.pages.test_matrix import make_hit

CAR = {"plate": "LJ AB-123", "make": "Renault"}


def put(desk, case, kind=EntityKind.VEHICLE, **cells):
    return add_entity(desk.person(), case.case_id, kind, cells or CAR, now())


def places(desk, case, caller=None):
    items = list(CaseItem.objects.filter(case=case, removed_at=None))
    (found,) = seen_before(caller or desk.person(), case, items).values()
    return found


def test_the_same_vehicle_in_two_cases_is_seen_from_both(desk):
    one, two = desk.case("One"), desk.case("Two")
    item = put(desk, one)
    assert not places(desk, one).any
    put(desk, two, plate="lj ab 123")
    assert places(desk, one).cases == [two]
    assert places(desk, two).cases == [one]
    linking.detach(desk.person(), one.case_id, item.item_id, now())
    assert not places(desk, two).any, "what was taken out is seen no more"


def test_a_confidential_case_is_not_betrayed(desk):
    open_one = desk.case("Open")
    secret = open_case(desk.person(), "Secret", now(), label="confidential")
    put(desk, open_one)
    put(desk, secret)
    assert places(desk, open_one).cases == [secret]
    assert not places(desk, open_one, desk.person("bor")).any
    assert places(desk, open_one, desk.person("vida", Role.APPROVER)).cases == [secret]
    page = desk.client(desk.person("bor")).get(f"/cases/{open_one.case_id}/", secure=True).content.decode()
    assert "Not seen before" in page
    assert secret.number not in page


@pytest.mark.parametrize(
    ("other", "birth", "found"),
    [
        ("Иван Петров", "1971-03-04", True),
        ("PETROV, Ivan", "", True),
        ("Ivan Petrov", "1988", False),
        ("Ivana Kovač", "1971-03-04", False),
    ],
)
def test_a_person_is_seen_by_the_sound_of_the_name_in_any_script(desk, other, birth, found):
    one, two = desk.case("One"), desk.case("Two")
    put(desk, one, EntityKind.PERSON, name="Ivan Petrov", birth_dates="1971-03-04")
    put(desk, two, EntityKind.PERSON, name=other, birth_dates=birth)
    assert places(desk, one).any is found


def coded(form, fields):
    return Draft(recipients=(BureauId("FR"),), subject="", text="", form=FormId(form), fields=fields)


def test_coded_fields_of_messages_are_seen_and_forgotten_with_a_recall(desk):
    """I8: a key is content; it goes with the message that its sender takes back, at every recipient."""
    fields = {"plate": "LJ-AB123", "plate_country": "SVN"}
    (message,) = send_all(desk.person(), [coded("vehicle_check", fields)], now())
    case = desk.case()
    put(desk, case)
    assert [each.message_id for each in places(desk, case).messages] == [message.message_id]
    desk.carrier.carry()
    with desk.carrier.at("FR"):
        assert SeenKey.objects.filter(source="message", target=message.message_id).exists()
    recall(desk.person(), MessageId(message.message_id), "Sent in error.", now())
    desk.carrier.carry()
    with desk.carrier.at("FR"):
        assert not SeenKey.objects.exists()


def test_what_is_linked_to_the_case_itself_is_not_seen_before(desk):
    fields = {"plate": "LJ-AB123", "plate_country": "SVN"}
    (message,) = send_all(desk.person(), [coded("vehicle_check", fields)], now())
    case = desk.case()
    put(desk, case)
    desk.link(case, message.thread.thread_id)
    assert not places(desk, case).any


def test_hits_are_seen_and_forgotten_with_their_record(desk):
    """I7: what a hit quotes of a withdrawn record is gone, and its keys with it."""
    record = enter_document("PA0001")
    hit = make_hit("SI", record.record_id, now())
    Hit.objects.filter(pk=hit.pk).update(view={"number": "PA 0001", "country": "SVN", "type": "passport"})
    hit.refresh_from_db()
    seen.note_hit(hit)
    case = desk.case()
    put(desk, case, EntityKind.DOCUMENT, number="pa0001")
    assert places(desk, case).hits == [hit]
    erase_records([Record.objects.get(record_id=record.record_id)])
    assert not places(desk, case).any


def test_a_hit_with_an_odd_view_is_opened_all_the_same(desk):
    hit = make_hit("SI", new_id(now()), now())
    for view in ({"number": 7}, {"names": "x"}, {"births": [1]}, {}):
        hit.view = view
        seen.note_hit(hit)
    assert not SeenKey.objects.exists()


def test_the_page_takes_an_entity_and_names_the_wrong_field(desk):
    case, client = desk.case(), desk.client()
    refused = client.post(
        f"/cases/{case.case_id}/entities/person/", {"name": "Ana", "birth_dates": "31.31."}, secure=True
    )
    assert refused.status_code == 422
    assert 'value="Ana"' in refused.content.decode()
    assert 'href="#id_birth_dates"' in refused.content.decode()
    said = {"name": "Ana Novak", "birth_dates": "1971-03-04", "nationalities": "SVN"}
    assert client.post(f"/cases/{case.case_id}/entities/person/", said, secure=True).status_code == 302
    page = client.get(f"/cases/{case.case_id}/", secure=True).content.decode()
    assert "Ana Novak" in page
    assert "4 March 1971" in page
    assert client.get(f"/cases/{case.case_id}/entities/boat/", secure=True).status_code == 404
    for kind, cells, field in (
        (EntityKind.VEHICLE, {"make": "Renault"}, "vin"),
        (EntityKind.DOCUMENT, {"country": "SVN"}, "number"),
        (EntityKind.DOCUMENT, {"number": "PA1", "country": "QQQ"}, "country"),
    ):
        with pytest.raises(ComityError) as caught:
            add_entity(desk.person(), case.case_id, kind, cells, now())
        assert caught.value.field.endswith(field)
        assert caught.value.code in set(ErrorCode)
