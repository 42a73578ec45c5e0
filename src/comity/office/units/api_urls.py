"""Addresses of the machine API of units."""

from comity.office.machine import endpoint
from comity.office.units import api

urlpatterns = [endpoint("units", api.list_units)]
