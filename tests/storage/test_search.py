"""The search for institutions: who comes first, what is found in spite of a slip, and an index that cannot drift."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st

from fanlight.base.paging import Page
from fanlight.core import institution_search, institution_words, institutions
from fanlight.core.institution_search import FEW, Wanted
from fanlight.core.institutions import Entry
from fanlight.storage import schema
from fanlight.storage.engine import Store, connect
from fanlight.storage.unit import Unit

CHECK = "INSERT INTO institution_search (institution_search, rank) VALUES ('integrity-check', 1)"

NAMES = (
    # name, aliases, URL, routing number, country, popularity
    ("Harbor Bank", None, "https://www.harborbank.com/login", "190012348", "US", 50),
    ("Harbor Bank of Maine", None, "https://harbormaine.com", None, "US", 90),
    ("Bank of the Old Harbor", None, "https://old-harbor.com", None, "US", 99),
    ("First National Bank of Alder", "FNBA\nAlder Trust", "https://fnb.alder.com", "190056786", "US", 10),
    ("National First Bank", None, "http://first.com:8080/a?b", None, "CA", 20),
    ("Farmer's & Merchants Bank", None, "https://secure.mx.com", None, "US", 5),
    ("U.S. Savings", "Harbor Savings", None, None, "US", 7),
    ("Banco Río Claro", None, "https://rio.mx", None, "MX", 30),
    ("Quillmont", None, "https://quillmont.co.uk#top", None, "CA", 40),
)


class Finder:
    """A database of institutions and the search over it."""

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self.unit = Unit(self.connection)

    def add(self, name: str, **fields: Any) -> None:
        code = fields.pop("code", f"code-{self.connection.execute('SELECT count(*) FROM institutions').fetchone()[0]}")
        entry = Entry(guid=f"INS-{code}", code=code, name=name, protocol="none", details="{}", **fields)
        institutions.put(self.unit, entry, now=1)

    def find(self, name: str = "", **wanted: Any) -> list[str]:
        found = institution_search.find(self.unit, Wanted(name, **wanted), Page(1, 1000))
        assert len(found.items) == found.total
        return [institution.name for institution in found.items]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[], Finder]]:
    made: list[Finder] = []

    def one() -> Finder:
        path = tmp_path / f"{len(made)}.db"
        schema.create(path)
        made.append(Finder(path))
        return made[-1]

    yield one
    for finder in made:
        finder.connection.close()


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finder]:
    path = tmp_path_factory.mktemp("search") / "some.db"
    schema.create(path)
    finder = Finder(path)
    for name, aliases, url, routing_number, country, popularity in NAMES:
        finder.add(name, aliases=aliases, url=url, routing_number=routing_number, country=country,
                   popularity=popularity, supports_account_verification=popularity > 40)  # fmt: skip
    finder.add("Harbor Bank Hidden", url="https://hidden.com", popularity=1000, is_hidden=True)
    yield finder
    finder.connection.close()


def test_the_name_itself_then_its_beginning_then_its_words_then_other_names(some: Finder) -> None:
    assert some.find("harbor bank") == ["Harbor Bank", "Harbor Bank of Maine", "Bank of the Old Harbor"]
    assert some.find("HARBOR") == ["Harbor Bank of Maine", "Harbor Bank", "Bank of the Old Harbor", "U.S. Savings"]
    assert some.find("fir nat") == ["First National Bank of Alder", "National First Bank"]
    assert some.find("nat fir") == ["National First Bank", "First National Bank of Alder"]


def test_an_empty_name_finds_all_by_popularity(some: Finder) -> None:
    visible = sorted(NAMES, key=lambda fields: -fields[-1])
    assert some.find("") == some.find("  ") == [fields[0] for fields in visible]


def test_equals_in_popularity_come_by_name(make: Callable[[], Finder]) -> None:
    finder = make()
    for name in ("Bank of B", "Bank of C", "Bank of A"):
        finder.add(name)
    assert finder.find("bank") == finder.find("") == ["Bank of A", "Bank of B", "Bank of C"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("fnba", "First National Bank of Alder"),
        ("alder trust", "First National Bank of Alder"),
        ("farmers and merchants", "Farmer's & Merchants Bank"),
        ("FARMER\u2019S & MERCHANTS", "Farmer's & Merchants Bank"),
        ("us savings", "U.S. Savings"),
        ("u.s. sav", "U.S. Savings"),
        ("rio claro", "Banco Río Claro"),
        ("RI\u0301O", "Banco Río Claro"),
        ("harbormaine", "Harbor Bank of Maine"),
        ("harbormaine.com", "Harbor Bank of Maine"),
        ("190056786", "First National Bank of Alder"),
        ("19005", "First National Bank of Alder"),
        ("code-8", "Quillmont"),
    ],
)
def test_what_people_type_is_found(some: Finder, typed: str, name: str) -> None:
    assert some.find(typed) == [name]


def test_three_digits_are_no_routing_number(some: Finder) -> None:
    assert some.find("190") == []
    assert some.find("1900") == ["Harbor Bank", "First National Bank of Alder"]


@pytest.mark.parametrize(
    "typed",
    [
        "quilmont",
        "quilllmont",
        "quillmomt",
        "qiullmont",
        "uqillmont",
        "xuillmont",
        "quillmonr",
        "quillmontx",
        "uillmont",
    ],
)
def test_one_slip_is_forgiven(some: Finder, typed: str) -> None:
    """A letter left out, doubled, another, or two exchanged; at the beginning, inside and at the end."""
    assert some.find(typed) == ["Quillmont"]


def test_two_slips_and_short_words_are_not(some: Finder) -> None:
    assert some.find("qillmomt") == []
    assert some.find("rx") == []


def test_a_slip_in_one_word_leaves_the_others_as_they_are(make: Callable[[], Finder]) -> None:
    finder = make()
    finder.add("Alverdale National Bank", popularity=1)
    finder.add("Alvervale National Bank", popularity=2)
    assert finder.find("alverdale natoinal") == ["Alverdale National Bank"]


def test_words_that_are_known_but_nowhere_together_are_taken_for_others_too(make: Callable[[], Finder]) -> None:
    finder = make()
    finder.add("Form Trust")
    finder.add("Farm Bank")
    assert finder.find("form bank") == ["Farm Bank"]


@pytest.mark.parametrize(
    ("url", "first"),
    [
        ("https://www.harborbank.com/login", "Harbor Bank"),
        ("HTTP://HARBORBANK.COM:443?x#y", "Harbor Bank"),
        ("somebody@www.harborbank.com", "Harbor Bank"),
        ("https://login.eu.harborbank.com", "Harbor Bank"),
        ("old-harbor.com", "Bank of the Old Harbor"),
        ("mx.com", "Farmer's & Merchants Bank"),
        ("harborb", "Harbor Bank"),
        ("https://first.com", "National First Bank"),
        ("quillmont.co.uk/x", "Quillmont"),
        ("quill", "Quillmont"),
    ],
)
def test_a_url_finds_its_host_and_the_domains_above_and_below(some: Finder, url: str, first: str) -> None:
    assert some.find(url=url)[:1] == [first]


@pytest.mark.parametrize("url", ["https://", "...", "/", "com", "co.uk", "old.harbor.com", "https://hidden.com", "-"])
def test_a_url_that_is_nobodys(some: Finder, url: str) -> None:
    assert some.find(url=url) == (["Quillmont"] if url == "co.uk" else [])


def test_filters_narrow_what_is_found_and_counted(some: Finder) -> None:
    assert some.find("", countries=("CA", "MX")) == ["Quillmont", "Banco Río Claro", "National First Bank"]
    assert some.find("harbor", supports=("verification",)) == [
        "Harbor Bank of Maine", "Harbor Bank", "Bank of the Old Harbor",
    ]  # fmt: skip
    assert some.find("", supports=("verification", "history")) == []
    assert some.find("bank", url="harborbank.com") == ["Harbor Bank"]
    assert some.find("harbour", countries=("CA",)) == []


def test_a_hidden_one_is_found_by_nothing_until_it_is_shown(make: Callable[[], Finder]) -> None:
    finder = make()
    finder.add("Lantern", code="lantern", url="https://lantern.com", is_hidden=True)
    everywhere: tuple[dict[str, Any], ...] = ({"name": "lantern"}, {"name": "lantren"}, {"url": "lantern.com"}, {})
    assert [finder.find(**wanted) for wanted in everywhere] == [[]] * 4
    institutions.set_hidden(finder.unit, institutions.by_code(finder.unit, "lantern"), is_hidden=False, now=2)
    assert [finder.find(**wanted) for wanted in everywhere] == [["Lantern"]] * 4


@pytest.mark.parametrize(
    "text",
    ['"', '""" OR "', "*", "harbor*", "NEAR(harbor bank, 2)", "harbor AND bank", "name : harbor", "^harbor", "-", "\0",
     "harbor\0bank", "\U0001f3e6", "\ue000", "harbor \ue000", "{name} : x", "' OR 1=1 --", "%_\\", "\ud7ff", "(" * 200,
     "a " * 100, "harbor " * 28, "\u0345" * 200],
)  # fmt: skip
def test_no_text_is_an_operator(some: Finder, text: str) -> None:
    plain = {"harbor", "bank"} & set(institution_words.words_of(text))
    for wanted in ({"name": text}, {"url": text}, {"name": text, "url": text}):
        found = some.find(**wanted)
        assert not found or plain or text == "a " * 100, (wanted, found)


@given(name=st.text(max_size=200), url=st.text(max_size=200))
def test_any_text_at_all_is_safe(some: Finder, name: str, url: str) -> None:
    assert len(some.find(name, url=url)) <= len(NAMES)
    assert len(some.find(url=url)) <= len(NAMES)


def test_pages_of_every_size_are_pieces_of_one_list(make: Callable[[], Finder]) -> None:
    """Over all rings: exact, beginnings (more than are sorted), words, other names, anywhere."""
    finder = make()
    finder.connection.execute("BEGIN")
    finder.add("Bank")
    for number in range(FEW + 40):
        finder.add(f"Bank of {number % 7} x{number}", popularity=number % 3)
        finder.add(f"Old Bank {number % 5}", popularity=number % 4)
    finder.add("Other", aliases="Banker")
    finder.add("Another", url="https://bank.com", popularity=9)
    finder.connection.execute("COMMIT")
    whole = institution_search.find(finder.unit, Wanted("bank"), Page(1, 5000))
    assert len({institution.id for institution in whole.items}) == whole.total == 2 * (FEW + 40) + 3
    assert whole.items[0].name == "Bank"
    assert [institution.name for institution in whole.items[-2:]] == ["Other", "Another"]
    for size in (10, 97, 1000):
        pieces = []
        for number in range(1, whole.total // size + 3):
            page = institution_search.find(finder.unit, Wanted("bank"), Page(number, size))
            assert page.total == whole.total
            pieces += page.items
        assert pieces == whole.items


WORDS = st.lists(st.sampled_from(["Bank", "Río", "U.S.", "O'Neil", "&", "x-y", "19", "\ue000"]), max_size=4).map(
    " ".join
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["put", "hide", "show", "remove"]),
        st.sampled_from("abc"),
        WORDS,
        st.none() | WORDS,
        st.none() | st.sampled_from(["https://www.a-b.com/x", "c.com", "", "http://", "x://y:1?z"]),
        st.none() | st.just("190012348"),
        st.sampled_from(["US", "CA"]),
    ),
    max_size=12,
)


@given(changes=CHANGES)
def test_the_index_never_differs_from_the_table(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    path = tmp_path_factory.mktemp("drift") / "drift.db"
    schema.create(path)
    finder = Finder(path)
    for what, code, name, aliases, url, routing_number, country in changes:
        known = institutions.find(finder.unit, code)
        if what == "put":
            finder.add(name, code=code, aliases=aliases, url=url, routing_number=routing_number, country=country)
        elif what == "remove":
            finder.connection.execute("DELETE FROM institutions WHERE code = ?", (code,))
        elif known is not None:
            institutions.set_hidden(finder.unit, known, is_hidden=what == "hide", now=2)
        finder.connection.execute(CHECK)
    visible = "SELECT name FROM institutions WHERE is_hidden = 0"
    assert sorted(finder.find("")) == sorted(name for (name,) in finder.connection.execute(visible))
    finder.connection.close()


def test_the_check_of_the_index_sees_a_difference(make: Callable[[], Finder]) -> None:
    finder = make()
    finder.add("Harbor", code="a")
    finder.connection.execute("DROP TRIGGER institution_changing")
    finder.connection.execute("UPDATE institutions SET name = 'Other'")
    with pytest.raises(sqlite3.DatabaseError):
        finder.connection.execute(CHECK)


def test_what_an_insert_answers_is_the_institutions_key(make: Callable[[], Finder]) -> None:
    """The trigger inserts too, into tables that have keys of their own."""
    finder = make()
    field = institutions.Credential(0, "CRD-1", "LOGIN", 3, "Username", 1, 1, 1)
    for code in ("a", "b"):
        entry = Entry(guid=code, code=code, name="Any", protocol="none", details="{}")
        institutions.add(finder.unit, entry, [field] if code == "b" else [], now=1)
    assert institutions.credentials(finder.unit, institutions.by_code(finder.unit, "a").id) == []
    (kept,) = institutions.credentials(finder.unit, institutions.by_code(finder.unit, "b").id)
    assert kept.guid == "CRD-1"


def test_readers_search_while_somebody_writes(tmp_path: Path) -> None:
    schema.create(tmp_path / "store.db")
    store = Store(tmp_path / "store.db")
    entry = Entry(guid="a", code="a", name="Harbor", protocol="none", details="{}")

    async def story() -> list[str]:
        await store.write(institutions.put, entry, now=1)
        found = await store.read(institution_search.find, Wanted("habror"), Page())
        return [institution.code for institution in found.items]

    assert asyncio.run(story()) == ["a"]
    store.close()


def _alembic(path: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", "fanlight.storage:migrations")
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    return config


def _search_schema(path: Path) -> list[tuple[str, str, str]]:
    """Everything that SQLAlchemy has no tables for, word for word."""
    connection = connect(path)
    query = """SELECT type, name, sql FROM sqlite_master
        WHERE type IN ('view', 'trigger') OR sql LIKE 'CREATE VIRTUAL%' OR name LIKE 'institution_search%'
        OR name IN ('institution_words', 'ix_institutions_popularity') ORDER BY name"""
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_migrations_lead_to_the_same_search_as_a_new_database(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    schema.create(made)
    schema.migrate(migrated)
    assert _search_schema(made) == _search_schema(migrated)
    assert {kind for kind, _, _ in _search_schema(made)} == {"index", "table", "trigger", "view"}


def test_a_migration_indexes_what_is_there(tmp_path: Path) -> None:
    path, new = tmp_path / "old.db", tmp_path / "new.db"
    for each in (path, new):
        schema.migrate(each)
    command.downgrade(_alembic(path), "0001")
    assert _search_schema(path) == []
    flags = [name for name in Entry.__struct_fields__ if name.startswith(("supports_", "is_"))]
    columns = {"guid": "INS-1", "code": "a", "name": "Río Quillmont 123456", "aliases": "Ab Lantern", "country": "US"}
    columns |= {"protocol": "none", "details": "{}", "created_at": "1", "updated_at": "1"}
    columns |= dict.fromkeys([*flags, "popularity"], "0")
    connection = connect(path)
    marks = ", ".join("?" * len(columns))
    connection.execute(f"INSERT INTO institutions ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))
    connection.close()
    schema.migrate(path)
    old, fresh = Finder(path), Finder(new)
    fresh.add("Río Quillmont 123456", code="a", aliases="Ab Lantern")
    for finder in (old, fresh):
        assert finder.find("quilmont") == finder.find("lantenr") == ["Río Quillmont 123456"]
        finder.connection.execute(CHECK)
    known = "SELECT form, word FROM institution_words ORDER BY form, word"
    assert old.connection.execute(known).fetchall() == fresh.connection.execute(known).fetchall()
    for finder in (old, fresh):
        finder.connection.close()
