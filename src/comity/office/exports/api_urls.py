"""Address of exports in the machine API."""

from comity.office.exports import api
from comity.office.machine import endpoint

urlpatterns = [endpoint("threads/<uuid:thread_id>/export", api.export)]
