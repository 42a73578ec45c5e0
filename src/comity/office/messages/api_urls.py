"""Addresses of the line's machine API."""

from comity.office.machine import endpoint
from comity.office.messages import alarms_api, api, sending_api

urlpatterns = [
    endpoint("messages", api.list_messages, sending_api.send),
    endpoint("messages/batch", sending_api.send_batch),
    endpoint("messages/<uuid:message_id>", api.read_message),
    endpoint("messages/<uuid:message_id>/read", api.mark_read),
    endpoint("messages/<uuid:message_id>/pass-on", api.pass_on),
    endpoint("messages/<uuid:message_id>/receipt", api.read_receipt),
    endpoint("alarms", alarms_api.list_alarms),
    endpoint("alarms/<int:alarm_id>/set-aside", alarms_api.set_alarm_aside),
]
