"""A desk that attaches files through the machine API."""

import hashlib
from contextlib import contextmanager

import msgspec
from django.test import Client

from comity.kernel.codes import Purpose, Role
from comity.office.people.services import issue_grant
from comity.office.scoping import acting_for
from comity.protocol.attachments import PART_BYTES
from tests.office.core.making import caller, now

API = "/api/v1/attachments"


class Desk:
    """A person's program at the entered office."""

    def __init__(self, role=Role.OPERATOR):
        self.person = caller(role)
        self._client = Client(headers={"host": "localhost"})
        self._grant = issue_grant(self.person, list(Purpose), now())

    def ask(self, method, path="", body=None, *, octets=None):
        more = {} if method in {"GET", "DELETE"} else {"data": b"", "content_type": "text/plain"}
        headers = {"Authorization": f"Bearer {self._grant}"}
        if octets is not None:
            more = {"data": octets, "content_type": "application/octet-stream"}
            headers["Content-Type"] = "application/octet-stream"  # also where there is nothing to send
        elif body is not None:
            more = {"data": msgspec.json.encode(body), "content_type": "application/json"}
        return getattr(self._client, method.lower())(API + path, secure=True, headers=headers, **more)

    def begin(self, name="file.bin", size=0):
        answer = self.ask("POST", body={"name": name, "size": size})
        assert answer.status_code == 201, answer.content
        return answer.json()["attachment"]["attachment_id"]

    def put(self, attachment_id, number, data):
        return self.ask("PUT", f"/{attachment_id}/parts/{number}", octets=data)

    def bring(self, data, name="file.bin"):
        """Attach a whole file and return its id."""
        attachment_id = self.begin(name, len(data))
        for number, part in enumerate(parts_of(data)):
            assert self.put(attachment_id, number, part).status_code == 200
        assert self.ask("POST", f"/{attachment_id}/complete").status_code == 200
        return attachment_id

    def state(self, attachment_id):
        return self.ask("GET", f"/{attachment_id}").json()

    def content(self, attachment_id, offset=0):
        answer = self.ask("GET", f"/{attachment_id}/content?offset={offset}")
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content)


@contextmanager
def entered(offices, node="SI"):
    with offices.at(node) as home, acting_for(home.bureau):
        yield home


def parts_of(data, size=PART_BYTES):
    return [data[start : start + size] for start in range(0, len(data), size)] or [b""]


def code(answer):
    return answer.json()["error"]["code"]


def digest(data):
    return hashlib.sha256(data).hexdigest()
