"""Accounts and records for the demo world, entered as people and registers would enter them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.cli.accounts import NewAccount, add_account, random_password
from comity.cli.demo.cast import BY_ALIAS, FR, STAFF, Entry, Person, entries
from comity.cli.demo.doors import Doors, StepFailedError, wait_for
from comity.cli.health import status_of
from comity.cli.imports import read_ofac_folder
from comity.cli.records import enter_drafts
from comity.cli.world.world import World
from comity.collections.importers.results import Draft
from comity.kernel.clock import SystemClock
from comity.kernel.codes import CollectionName, Role
from comity.kernel.ids import NodeId

DATA_OWNER: Final = "owner"
LIST_OWNER: Final = FR
LOOK_EVERY_S: Final = 0.05
"""Waiting for copies is not measured to the millisecond."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demo, for the list that is printed."""

    node: NodeId
    username: str
    password: str
    roles: tuple[str, ...]


@dataclass
class Contents:
    """What is in the world."""

    records: dict[str, str] = field(default_factory=dict)
    """Record id by the owner's reference."""
    sequence: int = 0
    """Feed entries so far."""
    alias: tuple[str, str, str] = BY_ALIAS
    """Primary name, alias and birth of the person who is looked for by alias."""
    listed: int = 0
    """Records of the published list."""


def open_accounts(world: World, doors: Doors) -> list[Account]:
    """Make the accounts of every office, all offices at a time, and fetch the grants that the tour needs."""
    with ThreadPoolExecutor(len(world.homes)) as pool:
        offices = [node for node in world.homes if any(node in person.bureaus for person in STAFF)]
        made = list(pool.map(lambda node: _staff_of(world, doors, node), offices))
    return [account for accounts in made for account in accounts]


def _staff_of(world: World, doors: Doors, node: NodeId) -> list[Account]:
    made = []
    for person in STAFF:
        if node in person.bureaus:
            made.append(_open_account(world, node, person))
            if person.username in {"officer", "operator", DATA_OWNER}:
                doors.open(node, person.username)
    return made


def _open_account(world: World, node: NodeId, person: Person) -> Account:
    password = random_password()
    roles = tuple(Role(role) for role in person.roles)
    new = NewAccount(person.username, password, f"{person.shown} {node}", roles, person.language)
    world.office(node).run(add_account, new, world.clock.now())
    return Account(node, person.username, password, person.roles)


def enter_made_up(world: World, doors: Doors) -> Contents:
    """Enter the cast through the machine interfaces of its owners and wait until every copy has it."""
    contents = Contents()
    for (owner, collection), group in _grouped().items():
        body = {"collection": collection, "records": [entry.line() for entry in group]}
        answer = doors.office(owner, DATA_OWNER).post("/api/v1/records/batch", body)
        if answer["problems"]:
            raise StepFailedError("made-up records refused", answer["problems"][0]["code"])
        contents.records |= dict(zip((e.reference for e in group), answer["record_ids"], strict=True))
        contents.sequence += answer["accepted"]
    wait_for_copies(world, contents.sequence)
    return contents


def _grouped() -> dict[tuple[NodeId, CollectionName], list[Entry]]:
    groups: dict[tuple[NodeId, CollectionName], list[Entry]] = {}
    for entry in entries():
        groups.setdefault((entry.owner, entry.collection), []).append(entry)
    return groups


def wait_for_copies(world: World, sequence: int) -> None:
    """Return when every copy has applied the feed up to `sequence`; raises `StepFailedError`.

    A long list takes its time: what counts is that the slowest copy gets on.
    """
    reached = 0

    def further() -> int | None:
        now = _slowest(world)
        return now if now > reached else None

    while reached < sequence:
        reached = wait_for(f"every copy beyond position {reached}", further, every_s=LOOK_EVERY_S)


def _slowest(world: World) -> int:
    at = world.clock.now()
    return min(status_of(home, at, doors=False).copy_sequence or 0 for home in world.homes.values())


def wait_for_lines(world: World) -> None:
    """Return when every copy has heard from the secretariat again; raises `StepFailedError`."""
    back = world.clock.now()

    def all_fresh() -> bool | None:
        at = world.clock.now()
        ages = [status_of(home, at, doors=False).copy_age_s for home in world.homes.values()]
        since_s = int((at - back).total_seconds())
        return True if all(age is not None and age < since_s for age in ages) else None

    wait_for("every copy in touch with the secretariat", all_fresh, every_s=LOOK_EVERY_S)


def load_list(world: World, doors: Doors, folder: Path, contents: Contents) -> None:
    """Add the published sanctions list as records of one bureau, as `comity import ofac` does."""
    entered, alias = world.office(LIST_OWNER).run(_load, folder)
    contents.alias = alias
    contents.listed = entered
    contents.sequence += entered
    wait_for_copies(world, contents.sequence)
    wait_for(
        "every record of the list in force at its owner", lambda: _all_in_force(doors), every_s=LOOK_EVERY_S
    )


def _all_in_force(doors: Doors) -> bool | None:
    desk = doors.office(LIST_OWNER, DATA_OWNER)
    return None if desk.get("/api/v1/records", state="pending", limit=1)["records"] else True


def _load(folder: Path) -> tuple[int, tuple[str, str, str]]:
    """Enter the list in the open office; return how many, and somebody on it who goes by two names."""
    from comity.office import runtime
    from comity.office.scoping import acting_for

    drafts = read_ofac_folder(folder).drafts
    with acting_for(runtime.home().bureau):
        done = enter_drafts(DATA_OWNER, drafts, SystemClock().now(), lambda _: None)
    if done.report.problems:
        raise StepFailedError("list refused", done.report.problems[0].code)
    return done.report.accepted, known_by_two_names(drafts)


def known_by_two_names(drafts: list[Draft]) -> tuple[str, str, str]:
    """Return name, alias and birth of the first person whose alias shares no word with the name."""
    for draft in drafts:
        names, births = draft.content["names"], draft.content.get("births", [])
        days = [birth["earliest"] for birth in births if birth["precision"] == "exact"]
        primary, aliases = names[0]["text"], [n["text"] for n in names[1:] if n.get("quality") != "weak"]
        for alias in aliases:
            if days and len(_words(alias)) > 1 and not _words(alias) & _words(primary):
                return primary, alias, days[0]
    raise StepFailedError("the list names nobody by two different names and a day of birth")


def _words(name: str) -> set[str]:
    return {word for word in name.casefold().replace(",", " ").replace("-", " ").split() if word}
