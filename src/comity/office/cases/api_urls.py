"""Addresses of the cases' machine API."""

from comity.office.cases import api
from comity.office.machine import endpoint

urlpatterns = [
    endpoint("cases", api.list_cases, api.open_case),
    endpoint("cases/<uuid:case_id>", api.read_case),
    endpoint("cases/<uuid:case_id>/change", api.change_case),
]
