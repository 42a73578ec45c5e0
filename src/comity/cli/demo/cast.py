"""Who and what is in the demo world. All of it is invented: names, numbers, plates, cases.

Names are put together so that nobody is meant; document numbers carry the letters XQ, which no
issuer of these countries uses in this place.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from comity.cli.demo.papers import Passport
from comity.kernel.codes import CollectionName
from comity.kernel.ids import NodeId

PERSONS: Final = CollectionName.PERSONS
DOCUMENTS: Final = CollectionName.TRAVEL_DOCUMENTS
VEHICLES: Final = CollectionName.VEHICLES


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that a bureau enters."""

    owner: NodeId
    collection: CollectionName
    reference: str
    purpose: str
    basis: str
    content: dict[str, Any]
    status: str | None = None
    deny: tuple[str, ...] = ()
    label: str = "official"

    def line(self) -> dict[str, Any]:
        """Return the record as one object of a JSON Lines file."""
        told: dict[str, Any] = {
            "owner_reference": self.reference,
            "purpose": self.purpose,
            "legal_basis": self.basis,
            "label": self.label,
            "content": self.content,
        }
        if self.status:
            told["status"] = self.status
        if self.deny:
            told["deny"] = list(self.deny)
        return told


def exact(day: str) -> dict[str, str]:
    """Return an exact date of birth in the form of the collection."""
    return {"earliest": day, "latest": day, "precision": "exact"}


def year(text: str) -> dict[str, str]:
    """Return a date of birth of which only the year is known."""
    return {"earliest": f"{text}-01-01", "latest": f"{text}-12-31", "precision": "year"}


def named(primary: str, *aliases: str) -> list[dict[str, str]]:
    """Return the names of one person."""
    return [
        {"text": primary, "kind": "primary"},
        *({"text": alias, "kind": "alias"} for alias in aliases),
    ]


SI, FR, MA = NodeId("SI"), NodeId("FR"), NodeId("MA")
WARRANT: Final = "Arrest warrant of an invented court, demo 1/26"
REGISTER: Final = "National register of lost and stolen documents (invented)"
CARS: Final = "National register of stolen vehicles (invented)"

STOLEN_PASSPORT: Final = Passport(
    "FRA", "XQ4471230", "VERMEILLOT", "CLEMENCE ODILE", "FRA", "880217", "F", "310504"
)
"""Listed by FR, carried by somebody at the border of SI; withdrawn at the end of the tour."""
LOST_CARD: Final = Passport("SVN", "XQ9902114", "KRESNIKAR", "TINKARA", "SVN", "950830", "F", "290101")
"""Listed by SI; stays, so that the post has something to find while it is alone."""
CLEAN_PASSPORT: Final = Passport("MAR", "XQ0000777", "TAZGHARTI", "IDIR", "MAR", "910611", "M", "300115")
"""Listed by nobody."""

BY_ALIAS: Final = ("Leontin Drobnjakar", "Anselm Vrhovszky", "1974-09-03")
"""Primary name, alias, birth of a made-up person; used where no published list is loaded."""
IN_ARABIC: Final = ("Karim Benchekrouni", "كريم بنشقروني", "1979-04-12")
"""Name as MA lists it, the spelling in which an officer types it, birth."""
RESTRICTED: Final = ("Blandine Corvasset", "1968-12-01", "MAR")
"""Name and birth of a person whom FR hides from one country."""

PEOPLE: Final = (
    Entry(FR, PERSONS, "FR-D-001", "wanted_persons", WARRANT, status="charged", content={
        "names": named(BY_ALIAS[0], BY_ALIAS[1], "Леонтин Дробняков"),
        "births": [exact(BY_ALIAS[2])], "nationalities": ["FRA"], "sex": "M",
        "offences": ["Handling of stolen works of art"], "cautions": ["escape_risk"]}),
    Entry(MA, PERSONS, "MA-D-001", "wanted_persons", WARRANT, status="suspect", content={
        "names": named(IN_ARABIC[0]), "births": [exact(IN_ARABIC[2])],
        "nationalities": ["MAR"], "sex": "M", "offences": ["Smuggling"]}),
    Entry(FR, PERSONS, "FR-D-002", "wanted_persons", WARRANT, status="suspect", deny=(RESTRICTED[2],),
          label="restricted", content={
        "names": named(RESTRICTED[0]), "births": [exact(RESTRICTED[1])],
        "nationalities": ["FRA"], "sex": "F", "offences": ["Fraud"]}),
    Entry(SI, PERSONS, "SI-D-001", "missing_or_dead", "Report, invented", status="missing", content={
        "names": named("Živa Hrastokrajšek", "Ziva Hrastokrajsek"), "births": [year("2009")],
        "nationalities": ["SVN"], "sex": "F", "description": "1.62 m, dark hair, speaks Slovene"}),
    Entry(SI, PERSONS, "SI-D-002", "wanted_persons", WARRANT, status="convicted", content={
        "names": named("Вукашин Ждралопољац", "Vukasin Zdralopoljac"), "births": [exact("1982-07-19")],
        "nationalities": ["SRB"], "sex": "M", "cautions": ["armed", "violent"],
        "documents": [{"number": "XQ5551204", "country": "SRB", "type": "passport"}]}),
    Entry(MA, PERSONS, "MA-D-002", "alert", "Warning, invented", status="possible_threat", content={
        "names": named("إدريس أيت ورزازي", "Idriss Ait Ouarzazi"), "births": [year("1990")],
        "nationalities": ["MAR"], "sex": "M"}),
    Entry(FR, PERSONS, "FR-D-003", "identification", "Request, invented", status="witness", content={
        "names": named("Ξενοκράτης Βουλγαρίδακης", "Xenokratis Voulgaridakis"),
        "births": [exact("1959-01-30")], "nationalities": ["GRC"], "sex": "M"}),
)  # fmt: skip

PAPERS: Final = (
    Entry(FR, DOCUMENTS, "FR-P-001", "identification", REGISTER, content={
        "number": STOLEN_PASSPORT.number, "country": "FRA", "type": "passport", "loss": "stolen",
        "event_date": "2026-03-14", "place": "Lyon"}),
    Entry(SI, DOCUMENTS, "SI-P-001", "identification", REGISTER, content={
        "number": LOST_CARD.number, "country": "SVN", "type": "passport", "loss": "lost"}),
    Entry(MA, DOCUMENTS, "MA-P-001", "identification", REGISTER, content={
        "number": "XQ3300981", "country": "MAR", "type": "identity_card", "loss": "revoked"}),
)  # fmt: skip

FLEET: Final = (
    Entry(SI, VEHICLES, "SI-V-001", "identification", CARS, content={
        "plate": "LJ XQ-447", "plate_country": "SVN", "make": "Renault", "model": "Clio", "colour": "red",
        "year": 2019, "theft_date": "2026-05-02", "theft_place": "Koper"}),
    Entry(FR, VEHICLES, "FR-V-001", "identification", CARS, content={
        "vin": "VF1RFB00XQ0471130", "plate": "XQ-471-ZZ", "plate_country": "FRA", "make": "Renault",
        "model": "Trafic", "colour": "white", "theft_date": "2026-01-20", "theft_place": "Nantes"}),
    Entry(MA, VEHICLES, "MA-V-001", "identification", CARS, content={
        "plate": "99417-د-6", "plate_country": "MAR", "make": "Dacia", "model": "Logan", "colour": "grey"}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the demo, named after what its holder does there."""

    username: str
    shown: str
    roles: tuple[str, ...]
    language: str = "en"
    bureaus: tuple[NodeId, ...] = field(default=(SI, FR, MA))


STAFF: Final = (
    Person("officer", "Officer on duty", ("officer",)),
    Person("operator", "Desk operator", ("operator",)),
    Person("approver", "Head of shift", ("operator", "approver")),
    Person("owner", "Data owner", ("data_owner", "operator")),
    Person("supervisor", "Supervisor", ("supervisor",)),
    Person("administrator", "Administrator", ("administrator",), bureaus=(NodeId("SEC"), SI, FR, MA)),
)
"""One account per role and office, as the product page names them."""


def entries() -> list[Entry]:
    """Return every made-up record."""
    return [*PEOPLE, *PAPERS, *FLEET]
