"""The list of what is sealed is whole: a column that is not in it would be left behind by a rotation."""

import ast
from pathlib import Path

import fanlight
from fanlight.core.sealed import FINGERPRINTS, OUTLIVING, SEALED
from fanlight.storage.tables import metadata

NAMES = {"sealed", "blind", "secrets", "answer", "content", "conversation", "check_image", "exchanged", "last_login"}
PLAIN = {
    *((table, "secret_hash") for table in ("api_tokens", "sessions")),
    *(("oauth_states", name) for name in ("token_hash", "state_hash", "cookie_hash")),
    ("clients", "api_key_hash"),
    ("audit", "hash"),
    ("kept_answers", "wire"),
}
"""Columns of bytes that nobody has to open: hashes, and answers that were made of what is not sealed."""


def test_every_column_of_bytes_is_listed_or_known_to_be_plain() -> None:
    of_bytes = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if column.type.python_type is bytes
    }
    listed = {(each.table.name, each.column) for each in SEALED}
    listed |= {(each.of.table.name, each.column) for each in FINGERPRINTS}
    listed |= {(column.table.name, column.name) for column in OUTLIVING}
    assert listed | PLAIN == of_bytes
    assert not listed & PLAIN
    assert {name for _, name in listed} <= NAMES
    assert not {name for _, name in PLAIN} & NAMES


def test_every_purpose_in_the_source_is_listed() -> None:
    """What is passed to a `seal` stands in the list: read from the source, constants of modules followed."""
    purposes = {each.purpose for each in SEALED}
    found = set()
    for path in Path(fanlight.__file__).parent.rglob("*.py"):
        if "bank" in path.parts or "storage" in path.parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if _seals(node):
                assert isinstance(node, ast.Call)
                first = node.args[0]
                found.add(first.value if isinstance(first, ast.Constant) else constants[ast.unparse(first)])
    assert found == purposes


def _seals(node: ast.AST) -> bool:
    """`vault.seal(...)`, however the vault is called."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "seal":
        return False
    return ast.unparse(node.func.value).rsplit(".", 1)[-1].strip("_") == "vault"
