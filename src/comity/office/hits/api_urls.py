"""Addresses of the hits' machine API."""

from comity.office.hits import api
from comity.office.machine import endpoint

urlpatterns = [
    endpoint("hits", api.list_hits),
    endpoint("hits/<uuid:hit_id>", api.read_hit),
    endpoint("hits/<uuid:hit_id>/decide", api.decide_hit),
    endpoint("hits/<uuid:hit_id>/outcome", api.record_outcome),
    endpoint("hits/<uuid:hit_id>/tell-owner", api.tell_owner),
]
