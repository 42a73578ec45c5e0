"""Addresses of the records' machine API."""

from comity.office.machine import endpoint
from comity.office.records import api

urlpatterns = [
    endpoint("records", api.list_records, api.submit_record),
    endpoint("records/batch", api.submit_batch),
    endpoint("records/<uuid:record_id>", api.read_record, api.change_record),
    endpoint("records/<uuid:record_id>/withdraw", api.withdraw_record),
    endpoint("records/<uuid:record_id>/receipts", api.read_receipts),
]
