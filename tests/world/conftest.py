"""Helpers of the world tests: entering records and waiting until something can be seen from outside."""

import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from comity.kernel.codes import Role
from tests.harness.clients import Machine
from tests.harness.worlds import TestWorld

T = TypeVar("T")
WITHIN_S = 30.0


def eventually(look: Callable[[], T | None], what: str) -> T:
    """Return the first true answer of `look`; fails the test when there is none within half a minute."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


class Owner:
    """A data owner's program at one bureau."""

    def __init__(self, world: TestWorld, node: str) -> None:
        self.node = node
        self.api: Machine = world.machine(node, Role.DATA_OWNER)

    def enter(self, collection: str, content: dict[str, Any], **envelope: Any) -> str:
        """Enter a record and return its id."""
        body = {
            "collection": collection,
            "owner_reference": f"T-{secrets.token_hex(4)}",
            "purpose": "wanted_persons" if collection == "persons" else "identification",
            "legal_basis": "Warrant of a test",
            **({"status": "charged"} if collection == "persons" else {}),
            "content": content,
            **envelope,
        }
        answer = self.api.post("/api/v1/records", body)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["record_id"]

    def passport(self, number: str, **envelope: Any) -> str:
        content = {"number": number, "country": "FRA", "type": "passport", "loss": "stolen"}
        return self.enter("travel_documents", content, **envelope)

    def withdraw(self, record_id: str) -> None:
        answer = self.api.post(f"/api/v1/records/{record_id}/withdraw", {"reason": "end of the test"})
        assert answer.status_code == 200, answer.text

    def receipts(self, record_id: str) -> dict[str, Any]:
        """Receipt by copy, None while it is awaited."""
        answer = self.api.get(f"/api/v1/records/{record_id}/receipts").json()
        return {each["copy"]: each["receipt"] for each in answer["copies"]}


@pytest.fixture
def fr(world: TestWorld) -> Owner:
    return Owner(world, "FR")


def new_number() -> str:
    """A document number that nobody has used before."""
    return f"XQ{secrets.randbelow(10**7):07d}"


def found(answer: dict[str, Any], record_id: str) -> dict[str, Any] | None:
    """The candidate of an answer that is this record."""
    return next((each for each in answer["candidates"] if each["record_id"] == record_id), None)


def ask_document(searcher: Any, number: str, **more: Any) -> dict[str, Any]:
    return searcher.answer({"kind": "document", "number": number}, **more)
