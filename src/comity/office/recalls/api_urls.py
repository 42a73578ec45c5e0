"""Addresses of recall and correction in the machine API."""

from comity.office.machine import endpoint
from comity.office.recalls import api

urlpatterns = [
    endpoint("messages/<uuid:message_id>/recall", api.recall),
    endpoint("messages/<uuid:message_id>/correct", api.correct),
]
