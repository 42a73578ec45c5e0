"""The view of `django_peer`: grant, number, rows, JSON, as a Django developer writes it."""

import os
import threading
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

import msgspec
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path

from comity.cli.options import HOME_VARIABLE
from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.errors import ComityError
from comity.kernel.ids import new_id
from comity.matching.documents import document_key
from comity.node.home import NodeHome
from comity.protocol.search import DocumentQuery, SearchRequest
from comity.search.authentication import Doorkeeper


class Envelope(models.Model):
    """What documents of one kind share."""

    body = models.JSONField()

    class Meta:
        """An existing table."""

        app_label: ClassVar = "bench"
        managed: ClassVar = False
        db_table: ClassVar = "envelopes"


class Document(models.Model):
    """One listed document."""

    record_id = models.UUIDField(primary_key=True)
    number = models.TextField()
    version = models.IntegerField()
    expires_at = models.DateTimeField()
    event_date = models.DateField(null=True)
    envelope = models.ForeignKey(Envelope, models.PROTECT)
    objects: ClassVar[models.Manager["Document"]] = models.Manager()

    class Meta:
        """An existing table."""

        app_label: ClassVar = "bench"
        managed: ClassVar = False
        db_table: ClassVar = "documents"


class Door:
    """Lets askers in; each thread has a doorkeeper of its own, for it is made for one."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._local = threading.local()

    @property
    def keeper(self) -> Doorkeeper:
        """Return the doorkeeper of this thread."""
        if not hasattr(self._local, "keeper"):
            self._local.keeper = Doorkeeper(NodeHome.open(self._home))
        keeper: Doorkeeper = self._local.keeper
        return keeper


_CLOCK = SystemClock()
_DOOR = Door(Path(os.environ[HOME_VARIABLE]))


def search(request: HttpRequest) -> HttpResponse:
    """Answer a question for a document."""
    at, keeper = _CLOCK.now(), _DOOR.keeper
    try:
        asker = keeper.admit(request.headers.get("Authorization", "").encode(), None, at)
        asked = msgspec.json.decode(request.body, type=SearchRequest)
        keeper.require_right(asker, asked.purpose, at)
    except ComityError as error:
        return _json(error.public(), error.status)
    query = asked.query
    if not isinstance(query, DocumentQuery):
        return _json({"error": "documents only"}, HTTPStatus.BAD_REQUEST)
    found = Document.objects.filter(number=document_key(query.number), expires_at__gt=at)
    candidates = [
        {
            "record_id": str(document.record_id),
            "version": document.version,
            "owner": document.envelope.body["owner"],
            "view": {
                **document.envelope.body["content"],
                "number": document.number,
                "event_date": document.event_date,
            },
        }
        for document in found.select_related("envelope")
    ]
    return _json(
        {
            "search_id": new_id(at),
            "state": "hit" if candidates else "no_record",
            "candidates": candidates,
            "answered_at": to_wire(at),
        }
    )


def _json(value: object, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return a JSON answer that states its length, as Django's own middleware would have it."""
    body = msgspec.json.encode(value)
    headers = {"Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


def ready(_request: HttpRequest) -> HttpResponse:
    """Say that it is up."""
    return HttpResponse(b"ready")


urlpatterns = [path("v1/search", search), path("readyz", ready)]
