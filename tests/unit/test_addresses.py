"""Which addresses a request may go to: a table of many disguises, and what of it an entry can allow."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanlight.institutions.addresses import BadAddress, Standing, is_public, judge, read_url
from fanlight.institutions.answers import Said
from fanlight.institutions.http import GuardedBackend, Way, read_target
from unit.address_cases import Case, all_cases, resolve

CASES = all_cases()


def verdict(url: str, way: Way) -> tuple[bool, str]:
    """Whether a request would be sent, and what is said: everything that the client does before it connects."""
    try:
        target = read_target(url, way)
        backend = GuardedBackend(way, is_plain=target.scheme == "http", resolve=resolve)
        found = asyncio.run(backend.vetted(target.host, target.port))
    except Said as said:
        return False, said.detail
    return True, judge(found[0]).why


def test_the_table_is_long_and_has_both_verdicts() -> None:
    assert len(CASES) >= 500
    verdicts = Counter(case.is_allowed for case in CASES)
    assert verdicts[True] >= 60
    assert len({case.family for case in CASES}) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}: {case.url}".encode("unicode_escape").decode())
def test_every_address_gets_its_verdict(case: Case) -> None:
    is_allowed, said = verdict(case.url, Way())
    assert (is_allowed, case.said in said) == (case.is_allowed, True), said
    assert "canary" not in said


@pytest.mark.parametrize(
    ("address", "standing"),
    [
        ("127.0.0.1", Standing.PRIVATE),
        ("10.1.2.3", Standing.PRIVATE),
        ("100.64.0.1", Standing.PRIVATE),
        ("fd12::1", Standing.PRIVATE),
        ("::1", Standing.PRIVATE),
        ("::ffff:192.168.0.1", Standing.PRIVATE),
        ("169.254.169.254", Standing.NEVER),
        ("::ffff:169.254.169.254", Standing.NEVER),
        ("fd00:ec2::254", Standing.NEVER),
        ("0.0.0.0", Standing.NEVER),
        ("224.0.0.1", Standing.NEVER),
        ("fe80::1", Standing.NEVER),
        ("2001:470::5efe:7f00:1", Standing.NEVER),
        ("64:ff9b::7f00:1", Standing.NEVER),
    ],
)
def test_what_an_entry_can_allow_and_what_it_never_can(address: str, standing: Standing) -> None:
    assert judge(address).standing is standing
    host = f"[{address}]" if ":" in address else address
    for scheme in ("https", "http"):
        is_allowed, _ = verdict(f"{scheme}://{host}:8080/", Way(allow_private=True))
        assert is_allowed is (standing is Standing.PRIVATE)


def test_a_public_address_is_asked_over_https_at_its_ports_only_though_private_ones_are_allowed() -> None:
    private = Way(allow_private=True)
    assert verdict("https://8.8.8.8/", private)[0]
    assert not verdict("http://8.8.8.8/", private)[0]
    assert not verdict("https://8.8.8.8:8443/", private)[0]
    assert verdict("https://8.8.8.8:8443/", Way(ports=frozenset({8443})))[0]
    assert not verdict("https://8.8.8.8:8444/", Way(ports=frozenset({8443})))[0]
    assert not verdict("http://127.0.0.1:6379/", Way(allow_private=True, ports=frozenset({8080})))[0]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}/", f"https://bank.example/{text}"):
        try:
            target = read_url(url)
        except BadAddress:
            continue
        else:
            assert target.host.isascii()
            assert "@" not in target.host
    assert not is_public(text)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_judged_alike_in_every_form(number: int) -> None:
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    standing = judge(dotted).standing
    assert judge(f"::ffff:{dotted}").standing is standing
    assert verdict(f"https://{number}/", Way()) == verdict(f"https://{dotted}/", Way())
    assert verdict(f"https://{number:#x}/", Way())[0] is (standing is Standing.PUBLIC)
