"""The Nexus face: its operations, how it refuses, and the static session of a sandbox."""

from typing import NamedTuple

from fanlight.api.nexus import errors, kit, test_session
from fanlight.api.nexus.routes import ROUTES
from fanlight.base.asgi import Request, Response
from fanlight.base.errors import Refusal
from fanlight.runtime import Runtime


class NexusFace(NamedTuple):
    """The face that users' sessions speak to."""

    contents: kit.Contents

    async def serve(self, runtime: Runtime, request: Request) -> Response:
        """Answer one request; raises Refusal."""
        if runtime.has_test_session and request.header(kit.SESSION_HEADER) == test_session.TOKEN:
            return test_session.serve(self.contents, request, now=runtime.clock())
        return await kit.serve(runtime, self.contents, request)

    def refused(self, refusal: Refusal, _request: Request) -> Response:
        return errors.refused(refusal)

    def internal(self, _request: Request) -> Response:
        return errors.internal()


def face(*, pad: int = 0) -> NexusFace:
    """The face with its routes; `pad` adds paths that nobody calls, for measuring."""
    return NexusFace(kit.contents_of(ROUTES, pad=pad))
