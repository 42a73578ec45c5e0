"""Another node's search as a source: mutual TLS, the officer's own grant, the certificate pinned."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import httpx
import msgspec

from comity.kernel.codes import AnswerState, FailureReason
from comity.kernel.errors import BusyError, ErrorCode, TrustError
from comity.node.directory import origin_of
from comity.node.home import NodeHome
from comity.node.settings import SourceSection
from comity.node.tls import pin_to_fingerprint
from comity.protocol.search import BatchAnswer, BatchRequest, SearchAnswer
from comity.search.sources import Question, Reply

MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Twenty candidates of at most 64 KiB with their reasons, many times over; of a batch all of its hits."""
KEEP_ALIVE_S: Final = 30.0
MAX_LINES: Final = 64
"""Questions under way to one other node."""
MAX_LIVE_WAITING: Final = 256
"""Four behind each line: with a quick node a tenth of a second, with a dead one no reason for more."""

_ANSWER: Final = msgspec.json.Decoder(SearchAnswer)
_BATCH_ANSWER: Final = msgspec.json.Decoder(BatchAnswer)


class LiveSource:
    """The search of another node, over mutual TLS, with the officer's own grant."""

    def __init__(self, section: SourceSection, home: NodeHome) -> None:
        self.section = section
        self._home = home
        self._url = origin_of(section.url) + "/v1/search"
        self._under_way = 0
        self._client: httpx.AsyncClient | None = None
        self._pinned = ""

    def require_room(self, question: Question, ahead: int) -> None:  # noqa: ARG002 (all take the same line)
        """Raise `BusyError` when too many wait for the other node."""
        if self._under_way + ahead >= MAX_LIVE_WAITING:
            raise BusyError(ErrorCode.LIMIT_RATE)

    def at_once(self, questions: Sequence[Question]) -> Sequence[Reply | None]:
        """Return None for each: the line has to be waited for."""
        return [None] * len(questions)

    async def ask(self, question: Question, within_s: float) -> Reply:
        """Pass the question on and return the other node's candidates."""
        answer = await self._within(within_s, self._url, question, msgspec.json.encode(question.request))
        if isinstance(answer, FailureReason):
            return Reply(reason=answer)
        try:
            return _reply_of(_ANSWER.decode(answer))
        except msgspec.DecodeError:
            return Reply(reason=FailureReason.GARBLED)

    async def ask_all(self, questions: Sequence[Question], within_s: float) -> list[Reply]:
        """Pass the questions on as one batch."""
        first = questions[0]
        batch = BatchRequest(
            purpose=first.request.purpose,
            queries=[question.request.query for question in questions],
            notify=first.request.notify,
            reference=first.request.reference,
        )
        answer = await self._within(within_s, self._url + "/batch", first, msgspec.json.encode(batch))
        if isinstance(answer, FailureReason):
            return [Reply(reason=answer)] * len(questions)
        try:
            items = _BATCH_ANSWER.decode(answer).items
        except msgspec.DecodeError:
            items = []
        if len(items) != len(questions):
            return [Reply(reason=FailureReason.GARBLED)] * len(questions)
        return [
            Reply(reason=FailureReason.REFUSED) if item.answer is None else _reply_of(item.answer)
            for item in items
        ]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _within(
        self, within_s: float, url: str, question: Question, content: bytes
    ) -> bytes | FailureReason:
        """Send `content` in the name of who asks; return the body of the answer, or why there is none."""
        self._under_way += 1
        try:
            async with asyncio.timeout(within_s):
                client = await self._line(question.at)
                status, body = await self._post(client, url, question, content)
        except TimeoutError:
            return FailureReason.TIMEOUT
        except TrustError:
            return FailureReason.REFUSED
        except (httpx.HTTPError, OSError):
            return FailureReason.UNREACHABLE
        finally:
            self._under_way -= 1
        return body if status == httpx.codes.OK else _refusal(status, body)

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

    async def _post(
        self, client: httpx.AsyncClient, url: str, question: Question, content: bytes
    ) -> tuple[int, bytes]:
        headers = {
            "Authorization": f"Bearer {question.asker.token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        async with client.stream("POST", url, content=content, headers=headers) as response:
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
