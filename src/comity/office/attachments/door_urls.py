"""Node traffic of attachments."""

from django.urls import path

from comity.office.attachments import door

urlpatterns = [
    path("node/v1/blobs", door.declare, name="door_blobs"),
    path("node/v1/blobs/<uuid:blob_id>", door.look, name="door_blob"),
    path("node/v1/blobs/<uuid:blob_id>/confirm", door.confirm, name="door_blob_confirm"),
    path("node/v1/blobs/<uuid:blob_id>/<int:number>", door.part, name="door_blob_part"),
]
