"""Categories: the default ones, and those that a user made below them."""

from fanlight.base.errors import NotFound
from fanlight.enrichment.categories import BY_GUID, DEFAULTS, Category
from fanlight.storage.unit import Unit


def list_all(unit: Unit, user_id: int) -> list[Category]:
    """The default ones and the user's own."""
    return list(DEFAULTS)


def read(unit: Unit, user_id: int, guid: str) -> Category:
    if guid not in BY_GUID:
        raise NotFound("There is no such category.")
    return BY_GUID[guid]
