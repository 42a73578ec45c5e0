"""The frame around every page: whose desk this is, where a reader may go, what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.kernel.codes import Action, NodeRole
from comity.kernel.errors import TrustError, UnavailableError
from comity.node.settings import NodeSection
from comity.office import runtime
from comity.office.access import Caller, caller_for_account, could
from comity.office.pages.language import LANGUAGES
from comity.office.pages.live import Counts, counts_for
from comity.office.pages.preferences import Preferences
from comity.office.people.models import Account


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    name: str
    words: str | Promise
    icon: str
    action: Action
    key: str
    routes: frozenset[str]
    """URL names at which this entry is the present one."""


PLACES: Final = (
    Place("search", _("Search"), "search", Action.SEARCH_RUN, "s", frozenset({"search", "hit_of_search"})),
    Place("inbox", _("Inbox"), "inbox", Action.MESSAGE_LIST, "i", frozenset({"inbox", "thread", "compose"})),
    Place(
        "cases",
        _("Cases"),
        "case",
        Action.CASE_LIST,
        "c",
        frozenset(
            {"cases", "case", "case_new", "case_change", "case_task_change", "case_merge", "case_entity"}
        ),
    ),
    Place(
        "hits",
        _("Hits"),
        "bell",
        Action.HIT_LIST,
        "h",
        frozenset({"hits", "hit", "hit_decide", "hit_outcome"}),
    ),
    Place(
        "records",
        _("Records"),
        "records",
        Action.RECORD_LIST,
        "r",
        frozenset({"records", "record", "record_new", "record_change", "record_withdraw", "record_upload"}),
    ),
    Place(
        "approvals",
        _("Approvals"),
        "check",
        Action.APPROVAL_LIST,
        "a",
        frozenset({"approvals", "approval", "approval_approve", "approval_refuse", "disclose", "releases"}),
    ),
    Place("directory", _("Directory"), "directory", Action.DIRECTORY_VIEW, "d", frozenset({"directory"})),
    Place("journal", _("Journal"), "journal", Action.JOURNAL_VIEW, "j", frozenset({"journal"})),
)


class Frame:
    """What `base.html` asks for; everything is read when it is asked, nothing twice."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.preferences = Preferences.of(request)
        self.languages = LANGUAGES

    @property
    def node(self) -> NodeSection:
        """The node's own entry in its settings."""
        return runtime.home().settings.node

    @cached_property
    def bureau(self) -> str:
        """The code of the own bureau."""
        return str(runtime.home().bureau)

    @cached_property
    def caller(self) -> Caller | None:
        """Who is signed in."""
        user = getattr(self._request, "user", None)
        return caller_for_account(user) if isinstance(user, Account) else None

    @cached_property
    def places(self) -> list[Place]:
        """Where the reader may go."""
        if self.caller is None or self.node.role is NodeRole.POST:
            return []
        at = runtime.clock().now()
        return [place for place in PLACES if could(self.caller, place.action, at)]

    @property
    def present(self) -> str:
        """The name of the place at which the reader is."""
        match = self._request.resolver_match
        route = "" if match is None else match.url_name
        return next((place.name for place in PLACES if route in place.routes), "")

    @cached_property
    def counts(self) -> Counts:
        """What waits on the reader's desk."""
        return Counts() if self.caller is None else counts_for(self.caller, runtime.clock().now())

    @cached_property
    def bureaus(self) -> Mapping[str, str]:
        """Names of the bureaus in the member directory; empty when there is none to trust."""
        try:
            members = runtime.home().directory.current(runtime.clock().now()).directory.members
        except (TrustError, UnavailableError):
            return {}
        return {member.bureau: member.name for member in members if member.role is not NodeRole.POST}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame` in every template."""
    return {"frame": Frame(request)}
