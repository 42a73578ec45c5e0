"""Addresses of the machine API of forms."""

from comity.office.forms import api
from comity.office.machine import endpoint

urlpatterns = [endpoint("forms", api.list_forms)]
