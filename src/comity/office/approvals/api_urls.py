"""Addresses of the approvals' machine API."""

from comity.office.approvals import api
from comity.office.machine import endpoint

urlpatterns = [
    endpoint("approvals", api.list_approvals),
    endpoint("approvals/<uuid:approval_id>", api.read_approval),
    endpoint("approvals/<uuid:approval_id>/approve", api.approve),
    endpoint("approvals/<uuid:approval_id>/refuse", api.refuse),
]
