"""Answers that are kept serve as long as the same would be made of these today."""

from hashlib import sha256

import msgspec
import pytest

from fanlight.api.codec import encode
from fanlight.api.nexus.transaction_shape import MARK, RENDERING, Transaction, mark, wire
from fanlight.enrichment.categories import UNCATEGORIZED
from support.processes import until
from support.world import World
from unit.test_explain import SYSTEM, made

# When this fails, what is shown of the same transaction has changed: raise RENDERING, unless the fields or their types
# have changed too, and note both here.
SHOWN = (1, "e48e5e34f3aba390")


def test_the_mark_is_another_one_when_the_shape_is() -> None:
    more = msgspec.defstruct("More", [("new", int)], bases=(Transaction,))
    other = msgspec.defstruct("Other", [("guid", int | None)], bases=(Transaction,))
    assert len({MARK, mark(more), mark(other), mark(Transaction, RENDERING + 1)}) == 4
    assert mark(Transaction) == MARK


def test_what_is_shown_of_a_transaction_changes_with_the_rendering_only() -> None:
    said = {"category_guid": UNCATEGORIZED, "description": "Baker", "merchant_guid": "MCH-1"}
    row = msgspec.structs.replace(made(SYSTEM | said), guid="TRN-1")
    assert (RENDERING, sha256(encode(wire(row))).hexdigest()[:16]) == SHOWN


@pytest.mark.parametrize("path", ["/transactions", "/transactions?records_per_page=1000&from_date=2000-01-01"])
def test_an_answer_of_another_release_is_made_anew_and_one_of_this_is_not(own_world: World, path: str) -> None:
    nexus = own_world.nexus
    nexus.connect()
    first = nexus.ok("GET", path)
    marked = "SELECT count(*) FROM kept_answers WHERE mark = ?"
    until(lambda: own_world.rows(marked, MARK) == [(len(first["transactions"]),)], "the answers were not kept")
    own_world.rows("UPDATE kept_answers SET wire = '{}', mark = ?", MARK + 1)
    assert nexus.ok("GET", path) == first
    until(lambda: own_world.rows(marked, MARK) == [(len(first["transactions"]),)], "the answers were not kept again")
    own_world.rows("UPDATE kept_answers SET wire = '{}'")
    assert nexus.ok("GET", path)["transactions"] == [{}] * len(first["transactions"])
