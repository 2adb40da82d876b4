"""The control face v1: what stands under `/control/v1/users/{user_guid}`."""

from fanlight.api.control import consents, explain, notification_profiles, tags
from fanlight.api.control.kit import ControlFace, Route, face_of

ROUTES: tuple[Route, ...] = (*tags.ROUTES, *explain.ROUTES, *notification_profiles.ROUTES, *consents.ROUTES)


def face() -> ControlFace:
    return face_of(ROUTES)
