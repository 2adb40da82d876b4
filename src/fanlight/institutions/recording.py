"""Recordings: what an institution answered in one run, kept so that the run can be read again without it.

Requests are kept by method and path alone: no header, no body, and of the query no value that looks like a secret.
"""

import asyncio
import zlib
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlsplit

import msgspec
import tenacity

from fanlight.base.errors import OperatorError
from fanlight.base.redaction import redact
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.http import Http, Way
from fanlight.institutions.line import Line

LARGE = 1 << 16
"""Longer bodies are compressed in a thread."""
RETRY_AFTER = "retry-after"
_OVERHEAD = 64


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What came of one exchange: a status with a body (compressed), or what is said of there being none."""

    method: str
    path: str
    query: str
    status: int
    retry_after: str | None
    body: bytes
    said: Saying | None = None
    detail: str | None = None

    @property
    def size(self) -> int:
        return _OVERHEAD + len(self.path) + len(self.query) + len(self.body)


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One run: its answers in their order, the days it asked for, and how the talk ended if not with data."""

    first: date
    last: date
    attempts: int
    answers: list[Answer]
    is_cut: bool = False
    end: str | None = None

    def encoded(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @classmethod
    def decoded(cls, content: bytes) -> "Recording":
        return msgspec.msgpack.decode(content, type=cls)


class Recorder:
    """Listens to one run and keeps what it hears, up to a size; what comes after that is not kept any more."""

    def __init__(self, max_bytes: int) -> None:
        self._left = max_bytes
        self.answers: list[Answer] = []
        self.is_cut = max_bytes == 0

    async def hear(self, method: str, url: str, came: Reply | Said) -> None:
        """What came of one exchange."""
        if self.is_cut:
            return
        answer = await _answer(method, url, came)
        self._left -= answer.size
        if self._left < 0:
            self.is_cut = True
        else:
            self.answers.append(answer)

    def recording(self, first: date, last: date, *, attempts: int, end: str | None) -> Recording:
        """What was heard, with what has to be known to hear it again."""
        return Recording(first=first, last=last, attempts=attempts, answers=self.answers, is_cut=self.is_cut, end=end)


class NoAnswer(OperatorError):
    """A replay asks for what the recording does not hold."""


class ReplayHttp(Http):
    """Answers as a recording has it, request by request; nothing goes out and nothing is waited for."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(timeout=1, max_bytes=1)
        self._recording = recording
        self._waiting: dict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        for answer in recording.answers:
            self._waiting[answer.method, answer.path].append(answer)

    def line(self) -> Line:
        """A line on which reads are tried as often as they were in the run."""
        return Line(self, Way(), attempts=self._recording.attempts, pause=tenacity.wait_none())

    @property
    def unused(self) -> int:
        """How many answers nobody asked for yet."""
        return sum(map(len, self._waiting.values()))

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],  # noqa: ARG002 - a recording has none
        content: bytes | None,  # noqa: ARG002
        way: Way,  # noqa: ARG002
    ) -> Reply:
        path = urlsplit(url).path
        waiting = self._waiting[method, path]
        if not waiting:
            raise NoAnswer(f"The recording has no answer to {method} {path}: {self._why()}.")
        answer = waiting.popleft()
        if answer.said is not None:
            raise Said(answer.said, answer.detail or "")
        kept = {} if answer.retry_after is None else {RETRY_AFTER: answer.retry_after}
        return Reply(answer.status, kept, await asyncio.to_thread(zlib.decompress, answer.body))

    def _why(self) -> str:
        if self._recording.is_cut:
            return "it was cut when it became too large (recording_max_bytes)"
        if self._recording.end is not None:
            return f"the run ended there ({self._recording.end})"
        return "the run did not ask for it"


async def _answer(method: str, url: str, came: Reply | Said) -> Answer:
    parts = urlsplit(url)
    query = redact(parts.query)
    if isinstance(came, Said):
        return Answer(method, parts.path, query, 0, None, b"", came.saying, came.detail)
    if len(came.body) > LARGE:
        body = await asyncio.to_thread(zlib.compress, came.body)
    else:
        body = zlib.compress(came.body)
    return Answer(method, parts.path, query, came.status, came.headers.get(RETRY_AFTER), body)
