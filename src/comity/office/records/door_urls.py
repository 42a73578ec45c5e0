"""What owners send to the secretariat."""

from django.http import HttpRequest
from django.urls import path

from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import ErrorCode, NotFoundError
from comity.office import runtime
from comity.office.door import node_endpoint
from comity.office.records.secretariat import MAX_SUBMISSION_BYTES, accept_submission
from comity.protocol.members import Member
from comity.protocol.records import SignedSubmission, SubmissionVerdict


@node_endpoint(Action.RECORD_SUBMIT, body=SignedSubmission, max_bytes=MAX_SUBMISSION_BYTES)
def submissions(request: HttpRequest, peer: Member, body: SignedSubmission) -> SubmissionVerdict:  # noqa: ARG001 - a view's form
    """Take in a signed batch of changes."""
    if runtime.home().settings.node.role is not NodeRole.SECRETARIAT:
        raise NotFoundError(ErrorCode.ROUTE_NOT_FOUND)
    return accept_submission(peer, body, runtime.clock().now())


urlpatterns = [path("node/v1/submissions", submissions, name="node_submissions")]
