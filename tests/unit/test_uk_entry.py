"""The TOML entry of a UK Open Banking institution: the standard's values, and lines that cannot work."""

import pytest

from fanlight.institutions.oauth_entry import EntryError
from fanlight.institutions.registry import EntryFile, parse_entry

ENTRY = """
code = "alder"
name = "Alder Bank"
protocol = "uk_open_banking"
country = "GB"
{above}
[oauth]
issuer = "https://auth.alderbank.example"
authorization_endpoint = "https://auth.alderbank.example/authorize"
token_endpoint = "https://auth.alderbank.example/token"
client_id = "fanlight"
[uk_open_banking]
base_url = "{base}"
{lines}
"""


def entry(lines: str = "", base: str = "https://api.alderbank.example/open-banking", above: str = "") -> EntryFile:
    return parse_entry(ENTRY.format(lines=lines, base=base, above=above))


def test_an_entry_has_the_standards_values_and_ninety_days() -> None:
    found = entry()
    assert found.uk_open_banking is not None
    assert found.uk_open_banking.root == "https://api.alderbank.example/open-banking/v4.0/aisp"
    assert found.details.reconfirm_after_days == 90
    assert entry(above="reconfirm_after_days = 30").details.reconfirm_after_days == 30
    assert found.can("verification")
    assert found.can("identification")
    assert found.can("history")


@pytest.mark.parametrize(
    "lines",
    [
        'permissions = ["ReadBalances"]',
        'permissions = ["ReadAccountsBasic", "ReadTransactionsDetail"]',
        'permissions = ["ReadAccountsBasic", "ReadTransactionsDebits"]',
        'permissions = ["ReadEverything"]',
        'version = "5.0"',
        'zone = "Europe/Atlantis"',
        'balance_types = ["InterimBooked"]',
        "history_days = 0",
        "unheard_of = true",
    ],
)
def test_entries_that_cannot_work_are_refused(lines: str) -> None:
    with pytest.raises(EntryError):
        entry(lines)


def test_data_is_asked_for_over_https() -> None:
    with pytest.raises(EntryError, match="https"):
        entry(base="http://api.alderbank.example/open-banking")
