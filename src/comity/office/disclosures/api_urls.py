"""Address of disclosures in the machine API."""

from comity.office.disclosures import api
from comity.office.machine import endpoint

urlpatterns = [endpoint("messages/<uuid:message_id>/disclose", api.disclose)]
