"""Node traffic of the line: the relay at the secretariat, and a post's journal on its way to its bureau."""

from django.urls import path

from comity.office.messages import door

urlpatterns = [
    path("node/v1/relay", door.relay, name="door_relay"),
    path("node/v1/relay/inbox", door.relay_inbox, name="door_relay_inbox"),
    path("node/v1/relay/numbers", door.relay_lanes, name="door_relay_numbers"),
    path("node/v1/relay/ack", door.relay_ack, name="door_relay_ack"),
    path("node/v1/deliveries", door.deliveries, name="door_deliveries"),
    path("node/v1/spool", door.spool, name="door_spool"),
    path("node/v1/spool/position", door.spool_position, name="door_spool_position"),
]
