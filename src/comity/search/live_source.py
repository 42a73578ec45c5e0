"""Another node's search as a source: mutual TLS, the officer's own grant, the certificate pinned."""

from datetime import datetime
from typing import Final

import httpx
import msgspec

from comity.kernel.codes import AnswerState, FailureReason
from comity.kernel.errors import ErrorCode, TrustError
from comity.node.directory import origin_of
from comity.node.home import NodeHome
from comity.node.settings import SourceSection
from comity.node.tls import pin_to_fingerprint
from comity.protocol.search import SearchAnswer
from comity.search.sources import Question, Reply

MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
"""Twenty candidates of at most 64 KiB with their reasons, twice over."""
KEEP_ALIVE_S: Final = 30.0
MAX_LINES: Final = 64
"""Questions under way to one other node."""


class LiveSource:
    """The search of another node, over mutual TLS, with the officer's own grant."""

    def __init__(self, section: SourceSection, home: NodeHome) -> None:
        self.section = section
        self._home = home
        self._url = origin_of(section.url) + "/v1/search"
        self._client: httpx.AsyncClient | None = None
        self._pinned = ""

    def at_once(self, question: Question) -> Reply | None:  # noqa: ARG002 (another node always takes its time)
        """Return None: the line has to be waited for."""
        return None

    async def ask(self, question: Question) -> Reply:
        """Pass the question on and return the other node's candidates."""
        try:
            client = await self._line(question.at)
            status, body = await self._post(client, question)
        except TrustError:
            return Reply(reason=FailureReason.REFUSED)
        except (httpx.HTTPError, OSError):
            return Reply(reason=FailureReason.UNREACHABLE)
        if status != httpx.codes.OK:
            return Reply(reason=_refusal(status, body))
        try:
            answer = msgspec.json.decode(body, type=SearchAnswer)
        except msgspec.DecodeError:
            return Reply(reason=FailureReason.GARBLED)
        return _reply_of(answer)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _line(self, at: datetime) -> httpx.AsyncClient:
        """Return the client to the member at this address, made anew when its certificate changed."""
        directory = self._home.directory.current(at)
        member = directory.by_url(origin_of(self.section.url))
        if member is None:
            raise TrustError(ErrorCode.MEMBER_UNKNOWN)
        expected = directory.active(member.node).certificate_sha256
        if self._client is None or self._pinned != expected:
            await self.close()
            # The budget of the source is the only time limit; trust_env off: no proxy between nodes.
            self._client = httpx.AsyncClient(
                verify=self._home.client_tls(pin_to_fingerprint(expected)),
                timeout=None,  # noqa: S113 (the caller stops the question when its budget is used up)
                limits=httpx.Limits(max_connections=MAX_LINES, keepalive_expiry=KEEP_ALIVE_S),
                trust_env=False,
            )
            self._pinned = expected
        return self._client

    async def _post(self, client: httpx.AsyncClient, question: Question) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {question.asker.token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        content = msgspec.json.encode(question.request)
        async with client.stream("POST", self._url, content=content, headers=headers) as response:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_ANSWER_BYTES:
                    return response.status_code, b""
            return response.status_code, bytes(body)


class _Code(msgspec.Struct):
    code: str = ""


class _ErrorBody(msgspec.Struct):
    error: _Code


def _refusal(status: int, body: bytes) -> FailureReason:
    try:
        code = msgspec.json.decode(body, type=_ErrorBody).error.code
    except msgspec.DecodeError:
        return FailureReason.GARBLED
    if code == ErrorCode.NOT_READY or status == httpx.codes.SERVICE_UNAVAILABLE:
        return FailureReason.NOT_READY
    return FailureReason.REFUSED


def _reply_of(answer: SearchAnswer) -> Reply:
    """Return another node's answer as a source's; one that was incomplete there is incomplete here."""
    reason = None
    if answer.state is AnswerState.INCOMPLETE:
        reasons = [source.reason for source in answer.sources if source.reason is not None]
        reason = reasons[0] if reasons else FailureReason.NOT_READY
    versions = [source.version for source in answer.sources if source.version is not None]
    ages = [source.age_s for source in answer.sources if source.age_s is not None]
    cut = [warning for warning in answer.warnings if warning.code == "answer.cut"]
    version, age_s = min(versions, default=None), max(ages, default=None)
    alarms = [source.alarm for source in answer.sources if source.alarm is not None]
    return Reply(answer.candidates, cut, reason, version, age_s, alarms[0] if alarms else None)
