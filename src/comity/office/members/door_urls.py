"""What other nodes ask about membership."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from comity.kernel.codes import Action
from comity.office import runtime
from comity.office.bodies import read_json
from comity.office.door import node_endpoint
from comity.office.errors import MethodError
from comity.office.members.directory import publish_when_due
from comity.office.members.keys import change_keys
from comity.office.members.services import redeem_invitation
from comity.office.responses import json_response
from comity.protocol.members import JoinRequest, KeyChange, KeyChangeAnswer, Member, SignedDirectory

MAX_JOIN_BYTES = 32 * 1024
"""Keys and request are 8 KiB."""
MAX_KEY_CHANGE_BYTES = 32 * 1024
"""Keys and two signatures are 14 KiB."""


@node_endpoint(Action.DIRECTORY_VIEW, method="GET", journal=False)
def directory(request: HttpRequest, peer: Member) -> SignedDirectory:  # noqa: ARG001 - all members get the same
    """Give the directory in force, signed within the last hour."""
    return publish_when_due(runtime.clock().now())


@node_endpoint(Action.KEY_CHANGE, body=KeyChange, max_bytes=MAX_KEY_CHANGE_BYTES)
def keys(request: HttpRequest, peer: Member, body: KeyChange) -> KeyChangeAnswer:  # noqa: ARG001 - a view's form
    """Change the peer's keys as its present and its new keys say."""
    return change_keys(peer, body, runtime.clock().now())


@csrf_exempt
def join(request: HttpRequest) -> HttpResponse:
    """Admit an invited node: it has no certificate yet, its invitation's secret and keys speak for it."""
    if request.method != "POST":
        raise MethodError(["POST"])
    asked = read_json(request, JoinRequest, MAX_JOIN_BYTES)
    return json_response(redeem_invitation(asked, runtime.clock().now()))


urlpatterns = [
    path("join/v1", join, name="join"),
    path("node/v1/directory", directory, name="node_directory"),
    path("node/v1/keys", keys, name="node_keys"),
]
