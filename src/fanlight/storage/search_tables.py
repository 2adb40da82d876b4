"""The search index over institutions, and the triggers that keep it true to the table.

SQLAlchemy has no words for virtual tables, views and triggers, so they stand here as SQLite (FTS5) reads them. A
document is what the view makes of an institution; a hidden one has none. The index keeps no text of its own: to forget
a row it must be told what it knew of it, hence triggers before and after a change. A migration that makes the table
`institutions` anew must make the triggers anew.
"""

from sqlalchemy import column, table

END = "\ue000"
"""The last word of a name and of a host, a character that nobody types: a phrase with it is the whole of a text."""
HYPHEN = "\ue001"
"""Stands for the hyphen in a host, so that `first-bank.com` is another host than `first.bank.com`."""

_COLUMNS = "name, aliases, words, host, code, routing_number, facets"
_WATCHED = """
    id, name, aliases, url, code, routing_number, country, is_hidden,
    supports_account_verification, supports_account_identification, supports_transaction_history
"""


def _plain(text: str) -> str:
    """Without what people leave out: Farmer's is farmers, U.S. is us, & is and."""
    return f"replace(replace(replace(replace({text}, '''', ''), char(8217), ''), '.', ''), '&', ' and ')"


# From the inside: the URL without its scheme, the part before path and port, that part without `www.`.
_HOSTS = """
    SELECT *, CASE WHEN authority LIKE 'www.%' THEN substr(authority, 5) ELSE authority END AS bare
    FROM (
        SELECT *, substr(rest, 1, instr(rest, '/') - 1) AS authority
        FROM (
            SELECT *, replace(replace(replace(lower(
                CASE WHEN url LIKE '%://%' THEN substr(url, instr(url, '://') + 3) ELSE coalesce(url, '') END
            ), ':', '/'), '?', '/'), '#', '/') || '/' AS rest
            FROM institutions WHERE is_hidden = 0
        )
    )"""

_DOCUMENTS = f"""
CREATE VIEW institution_documents AS
SELECT
    id,
    {_plain("name")}
        || ' ' || char(57344) AS name,
    {_plain("aliases")} AS aliases,
    replace(bare, '.', '') || ' ' || replace(rtrim(bare, replace(bare, '.', '')), '.', ' ') AS words,
    replace(replace(bare, '-', char(57345)), '.', ' ') || ' ' || char(57344) AS host,
    code,
    routing_number,
    'any ' || lower(country)
        || CASE WHEN supports_account_verification THEN ' verification' ELSE '' END
        || CASE WHEN supports_account_identification THEN ' identification' ELSE '' END
        || CASE WHEN supports_transaction_history THEN ' history' ELSE '' END AS facets
FROM ({_HOSTS}
)"""  # noqa: S608 - constants only

_INDEX = f"""
CREATE VIRTUAL TABLE institution_search USING fts5(
    {_COLUMNS},
    content = 'institution_documents', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
)"""

_REMEMBER = f"""BEGIN
    INSERT INTO institution_search (rowid, {_COLUMNS})
    SELECT id, {_COLUMNS}
    FROM institution_documents WHERE id = new.id;
END"""  # noqa: S608 - constants only
_FORGET = f"""BEGIN
    INSERT INTO institution_search (institution_search, rowid, {_COLUMNS})
    SELECT 'delete', id, {_COLUMNS}
    FROM institution_documents WHERE id = old.id;
END"""  # noqa: S608 - constants only

INSTITUTION_SEARCH = (
    "CREATE INDEX ix_institutions_popularity ON institutions (popularity DESC, name)",
    _DOCUMENTS,
    _INDEX,
    """CREATE TABLE institution_words (
    form TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (form, word)
) WITHOUT ROWID""",
    f"CREATE TRIGGER institution_added AFTER INSERT ON institutions {_REMEMBER}",
    f"CREATE TRIGGER institution_changing BEFORE UPDATE OF{_WATCHED}ON institutions {_FORGET}",
    f"CREATE TRIGGER institution_changed AFTER UPDATE OF{_WATCHED}ON institutions {_REMEMBER}",
    f"CREATE TRIGGER institution_removed BEFORE DELETE ON institutions {_FORGET}",
)

institution_search = table("institution_search", column("rowid"), column("institution_search"))
institution_words = table("institution_words", column("form"), column("word"))
