"""A desk with people on it."""

from dataclasses import dataclass

import pytest
from django.test import Client

from comity.kernel.codes import Role
from comity.office import runtime
from comity.office.access import Caller, caller_for_account
from comity.office.cases.linking import Target, link
from comity.office.cases.models import Case, CaseItem, ItemKind
from comity.office.cases.opening import open_case
from comity.office.people.models import Account
from comity.office.people.services import create_account
from tests.office.core.making import now
from tests.office.line.carrier import Carrier


@dataclass
class Desk:
    """The desk of SI: two operators and an approver; threads with FR on demand."""

    carrier: Carrier

    def person(self, name: str = "ana", role: Role = Role.OPERATOR) -> Caller:
        found = Account.objects.filter(username=name).first()
        if found is None:
            bureau = runtime.home().bureau
            found = create_account(name, None, name.title(), bureau, [role], "en", now(), None)
        return caller_for_account(found)

    def case(self, title: str = "A case", **more) -> Case:
        return open_case(self.person(), title, now(), **more)

    def message(self, subject: str = "A subject", **more):
        return self.carrier.send("SI", "FR", subject=subject, **more)

    def thread(self, subject: str = "A subject", **more) -> str:
        return self.message(subject, **more).thread.thread_id

    def link(self, case: Case, thread_id: str) -> CaseItem:
        return link(self.person(), case.case_id, Target(ItemKind.THREAD, thread_id), now())

    def client(self, caller: Caller | None = None) -> Client:
        client = Client(SERVER_NAME="localhost")
        backend = "allauth.account.auth_backends.AuthenticationBackend"
        client.force_login(Account.objects.get(id=(caller or self.person()).officer), backend=backend)
        return client


@pytest.fixture
def desk(offices):
    carrier = Carrier(offices)
    with carrier.at("SI"):
        yield Desk(carrier)
