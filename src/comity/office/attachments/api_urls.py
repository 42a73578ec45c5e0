"""Addresses of the machine API of attachments."""

from comity.office.attachments import api
from comity.office.machine import endpoint

urlpatterns = [
    endpoint("attachments", api.begin_attachment),
    endpoint("attachments/<uuid:attachment_id>", api.read_attachment, api.discard_attachment),
    endpoint("attachments/<uuid:attachment_id>/parts/<int:number>", api.put_attachment_part),
    endpoint("attachments/<uuid:attachment_id>/complete", api.complete_attachment),
    endpoint("attachments/<uuid:attachment_id>/content", api.get_attachment_content),
    endpoint("attachments/<uuid:attachment_id>/preview", api.get_attachment_preview),
    endpoint("attachments/<uuid:attachment_id>/fetch", api.fetch_attachment_again),
]
