"""Lists of others, in their own format, with made-up people; and the figures for the real lists in ../shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.collections import get
from comity.collections.importers import ofac, vehicles
from comity.collections.importers.country_names import VARIANTS, code_of_country
from comity.collections.importers.results import decode
from comity.collections.rows import build_body
from comity.kernel.clock import SystemClock
from comity.kernel.codes import CollectionName, country_name, is_country
from comity.kernel.codes.states import SPECIMEN, STATES
from comity.kernel.errors import ErrorCode, InputError
from comity.kernel.ids import BureauId, RecordId, new_id

E = ErrorCode
END = "\x1a"


def entry(number, name, remarks, kind="individual", title="-0- "):
    empty = ",-0- " * 6
    return f'{number},"{name}","{kind}","MADEUP","{title}"{empty},"{remarks}"\r\n'


def read(*entries, aliases="", addresses=""):
    return ofac.read_list("".join(entries) + END, aliases + END, addresses + END)


def one(remarks, **more):
    result = read(entry(1, "VYMYSLENA, Jana", remarks), **more)
    assert len(result.drafts) == 1
    return result, result.drafts[0].content


def build(draft):
    at = SystemClock().now()
    return build_body(
        get(draft.collection),
        draft.envelope,
        draft.content,
        record_id=RecordId(new_id(at)),
        version=1,
        owner=BureauId("SI"),
        owner_country="SVN",
        at=at,
    )


def test_a_whole_entry():
    result, content = one(
        "DOB 09 Nov 1949; alt. DOB circa 1950; POB Nowhere, Utopia; nationality Korea, North; citizen Burma; "
        "Gender Female; Passport AB 123-4 (Peru) issued 01 Jan 2000 expires 2010; Cedula No. 77 (Colombia); "
        "a.k.a. 'SHORTY'; Linked To: NOBODY LTD.",
        aliases='1,5,"aka","INVENTED, Joan",-0- \r\n1,6,"fka","INVENTED, Jo",-0- \r\n9,7,"aka","OTHER",-0- \r\n',
        addresses='1,3,"1 Street","Town","Utopia",-0- \r\n1,4,-0- ,-0- ,-0- ,-0- \r\n',
    )
    assert content == {
        "names": [
            {"text": "VYMYSLENA, Jana"},
            {"text": "INVENTED, Joan", "kind": "alias"},
            {"text": "INVENTED, Jo", "kind": "alias"},
            {"text": "SHORTY", "kind": "alias", "quality": "weak"},
        ],
        "births": [
            {"earliest": "1949-11-09", "latest": "1949-11-09", "precision": "exact"},
            {"earliest": "1948-01-01", "latest": "1952-12-31", "precision": "circa"},
        ],
        "birth_places": ["Nowhere, Utopia"],
        "nationalities": ["PRK", "MMR"],
        "sex": "F",
        "documents": [
            {"number": "AB 123-4", "country": "PER", "note": "issued 01 Jan 2000 expires 2010"},
            {"number": "77", "country": "COL", "type": "identity_card", "note": "Cedula"},
        ],
        "remarks": "Programme: MADEUP\nAddress: 1 Street, Town, Utopia\nLinked To: NOBODY LTD",
    }
    assert result.not_understood == []
    assert result.drafts[0].owner_reference == "OFAC-1"
    body = build(result.drafts[0])
    assert body.content == content


@pytest.mark.parametrize(
    ("text", "number", "country"),
    [
        ("Passport 1000001 (Utopialand)", "1000001", None),
        ("Passport XX 0000002 (Lebanon)", "XX 0000002", "LBN"),
        ("alt. Passport X0000003/970", "X0000003/970", None),
        ("Passport #X0000004 (Iraq)", "X0000004", "IRQ"),
        ("Passport XX000005 Colombia", "XX000005", "COL"),
        ("Passport X 0000006 - 16/2/1400H issued 21 May 2000", "X 0000006", None),
        ("Passport X000000007, Diplomatic (Syria)", "X000000007", "SYR"),
        ("Diplomatic Passport 000008 (Iran) issued 1999", "000008", "IRN"),
        ("British National Overseas Passport 000000009 (United Kingdom)", "000000009", "GBR"),
        ("Passport Booklet: X0000010 (Pakistan)", "X0000010", "PAK"),
        ("Passport XX00011/129 issued Jul 1997", "XX00011/129", None),
        ("Passport X000012 (Congo, Democratic Republic of the) expires Jan 2007", "X000012", "COD"),
        ("Passport No.: 0000013, Eritrea, Issue Date 21 August 2006)", "0000013", "ERI"),
        ("Passport XX000014 and another paper", "XX000014", None),
        ("National ID No. CNIC: 00000-0000015-9 (Pakistan)", "00000-0000015-9", "PAK"),
        ("National ID No. 99/Xa Xa Xa (Xaing)000016 (Burma)", "99/XA XA XA (XAING)000016", "MMR"),
        ("D.N.I. 00.000.017 (Spain)", "00.000.017", "ESP"),
        ("R.F.C. XXXX000018 (Mexico)", "XXXX000018", "MEX"),
        ("NIT # 00000019-4 (Colombia)", "00000019-4", "COL"),
        ("Immigration No. X0000020 Border Crossing (United States)", "X0000020", "USA"),
    ],
)
def test_documents(text, number, country):
    _result, content = one(text)
    document = content["documents"][0]
    assert (document["number"], document.get("country")) == (number, country)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Passport issued in Nowhere, Utopia", "passport"),
        ("National ID No. not known", "identity_document"),
        ("DOB when the comet came", "birth_date"),
        ("DOB 31 Feb 1950", "birth_date"),
        ("nationality Utopialand", "nationality"),
        ("Gender unknown", "sex"),
        ("Passport 123 (Utopialand)", "document_country"),
    ],
)
def test_what_is_not_understood_is_listed_and_kept_as_text(text, field):
    result, content = one(f"{text}; POB Nowhere")
    (problem,) = result.not_understood
    assert (problem.line, problem.reference, problem.field) == (1, "OFAC-1", field)
    assert problem.text_length == len(text)
    kept = content["remarks"] + str(content.get("documents"))
    assert text.split(" ", 1)[1] in kept or "Utopialand" in kept
    assert content["birth_places"] == ["Nowhere"]


def test_what_the_collection_refuses_is_listed_and_the_rest_is_kept():
    result, content = one("a.k.a. 'AGENT'; a.k.a. 'AGENT'; a.k.a. '007'; Passport " + "1" * 41 + "; DOB 1960")
    assert [name["text"] for name in content["names"]] == ["VYMYSLENA, Jana", "AGENT"]
    assert [(problem.field, problem.why) for problem in result.not_understood] == [
        ("passport", "input.too_long"),
        ("weak_alias", "input.bad_name"),
    ]
    assert (result.understood["weak_alias"], result.understood["passport"]) == (2, 0)
    assert result.share_understood("weak_alias") == 2 / 3
    assert len(content["births"]) == 1


def test_an_entry_that_cannot_be_a_record_is_a_problem():
    result = read(entry(1, "007", "DOB 1960"), entry(2, "VYMYSLENA, Jana", "DOB 1960"))
    assert [draft.owner_reference for draft in result.drafts] == ["OFAC-2"]
    assert ("OFAC-1", "record") in {(problem.reference, problem.field) for problem in result.not_understood}


def test_others_than_individuals_are_counted():
    result = read(entry(1, "SHIP", "-0-", kind="vessel"), entry(2, "FIRM", "-0-", kind="-0- "))
    assert result.left_out == {"vessel": 1, "not an individual": 1}
    assert result.drafts == []


def test_lines_with_other_cells_are_problems():
    result = read("1,2,3\r\n", entry(2, "VYMYSLENA, Jana", "-0- "), aliases="1,2\r\n")
    assert [problem.field for problem in result.not_understood] == ["line", "line"]
    assert len(result.drafts) == 1


def test_contradicting_statements_of_sex_are_a_problem():
    result, content = one("Gender Male; Gender Female")
    assert "sex" not in content
    assert result.problems() == {"sex": 1}


@given(st.text(max_size=120).map(lambda text: text.replace('"', "'").replace("\r", " ").replace("\n", " ")))
def test_i13_any_remarks_give_a_lawful_draft(text):
    result = read(entry(1, "VYMYSLENA, Jana", text))
    for draft in result.drafts:
        assert get(draft.collection).normalise(draft.content) == draft.content
    assert len(result.drafts) + result.problems()["line"] + result.problems()["record"] >= 1


def test_files_that_are_no_tables():
    with pytest.raises(InputError) as caught:
        decode(b"\xff\xfeJ\x00", "sdn.csv")
    assert (caught.value.code, caught.value.field) == (E.INPUT_WRONG_ENCODING, "sdn.csv")
    with pytest.raises(InputError) as caught:
        ofac.read_list('1,"open', "", "")
    assert (caught.value.code, caught.value.field) == (E.INPUT_BAD_CSV, "sdn.csv")


@pytest.mark.parametrize("code", sorted(set(STATES) - SPECIMEN - {"D"}))
def test_every_state_is_known_by_code_and_name(code):
    assert code_of_country(code) == code
    assert country_name(code_of_country(STATES[code])) == STATES[code]


def test_variants_of_names_lead_to_states():
    assert all(is_country(code) for code in VARIANTS.values())
    assert code_of_country("korea,  NORTH") == "PRK"
    assert code_of_country("Côte d'Ivoire") == "CIV"
    assert code_of_country("Atlantis") is None
    assert code_of_country("") is None


def test_a_table_of_vehicles():
    text = (
        "Plate,colour,make,model,year,type,date_stolen,district,owner_mood\n"
        "XX1,Blue,Horse,Two,1999,Saloon,2026-01-31,Nowhere,sad\n"
        "XX1,Blue,Horse,Two,1999,Saloon,2026-01-31,Nowhere,sad\n"
        "XX2,,Horse,,old,,2026-13-01,,\n"
        ",Blue,,,,,,,\n"
        "XX3,Blue\n"
    )
    result = vehicles.read_table(text, plate_country="UTO")
    assert [draft.content for draft in result.drafts] == [
        {
            "plate": "XX1",
            "plate_country": "UTO",
            "make": "Horse",
            "model": "Two",
            "kind": "Saloon",
            "colour": "Blue",
            "year": 1999,
            "theft_date": "2026-01-31",
            "theft_place": "Nowhere",
        },
        {"plate": "XX2", "plate_country": "UTO", "make": "Horse"},
    ]
    assert [(problem.line, problem.field) for problem in result.not_understood] == [
        (1, "column"),
        (3, "record"),
        (4, "year"),
        (4, "theft_date"),
        (5, "record"),
        (6, "line"),
    ]
    assert {draft.owner_reference for draft in result.drafts} == {"XX1/2026-01-31", "XX2/2026-13-01"}
    assert build(result.drafts[0]).collection is CollectionName.VEHICLES


@pytest.mark.parametrize("text", ["", "colour,make\nblue,Horse\n", "no table"])
def test_tables_without_plate_or_vin_are_refused(text):
    with pytest.raises(InputError) as caught:
        vehicles.read_table(text)
    assert (caught.value.code, caught.value.field) == (E.INPUT_BAD_CSV, "file")


def report(title, result):
    print(f"\n{title}: {len(result.drafts)} drafts, left out {dict(result.left_out)}")
    problems = result.problems()
    for name in sorted(result.understood | problems):
        share = 100 * result.share_understood(name)
        print(f"  {name}: {result.understood[name]} understood, {problems[name]} not ({share:.2f} %)")


def test_the_real_ofac_list(shared, capsys):
    names = (ofac.SDN_FILE, ofac.ALIAS_FILE, ofac.ADDRESS_FILE)
    texts = [decode((shared / "data" / "ofac" / name).read_bytes(), name) for name in names]
    result = ofac.read_list(*texts)
    with capsys.disabled():
        report("OFAC list", result)
    assert len(result.drafts) == 4_620
    assert result.understood["strong_alias"] == 6_272
    said = sum(line.count("DOB ") for line in texts[0].splitlines() if ',"individual",' in line)
    assert abs(result.understood["birth_date"] + result.problems()["birth_date"] - said) <= 5
    for name in ("birth_date", "passport", "identity_document", "nationality"):
        assert result.share_understood(name) > 0.99, name
    assert all(build(draft) for draft in result.drafts[::50])


def test_the_real_list_of_vehicles(shared, capsys):
    path = shared / "data" / "vehicles" / "nz_stolen_2013.csv"
    result = vehicles.read_table(decode(path.read_bytes(), "file"), plate_country="NZL")
    with capsys.disabled():
        report("stolen vehicles", result)
    assert len(result.drafts) + result.problems()["record"] == 3_635
    assert len(result.drafts) > 3_600
