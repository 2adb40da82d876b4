"""Branches of categories: what is above a category, for a user's own ones too."""

from collections.abc import Mapping
from typing import NamedTuple

from fanlight.core import categories
from fanlight.enrichment.categories import BY_GUID
from fanlight.storage.unit import Unit


class Branches(NamedTuple):
    """`parents` has the parents of the categories that the user made."""

    parents: Mapping[str, str | None]

    def parent(self, guid: str) -> str | None:
        """The category above, None on the top level and for what is no category."""
        default = BY_GUID.get(guid)
        return self.parents.get(guid) if default is None else default.parent_guid

    def line(self, guid: str) -> list[str]:
        """The category and those above it, the nearest first."""
        found = [guid]
        while (above := self.parent(found[-1])) is not None and above not in found:
            found.append(above)
        return found

    def top(self, guid: str) -> str:
        """The category at the top of the branch."""
        return self.line(guid)[-1]


def of_user(unit: Unit, user_id: int) -> Branches:
    own = (each for each in categories.list_all(unit, user_id) if not each.is_default)
    return Branches({each.guid: each.parent_guid for each in own})
