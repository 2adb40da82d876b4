"""The search index over institutions."""

from alembic import op

revision = "0002"
down_revision = "0001"

# As the schema had them at this revision; later revisions change them, not this text.
_STATEMENTS = (
    "CREATE INDEX ix_institutions_popularity ON institutions (popularity DESC, name)",
    """CREATE VIEW institution_documents AS
SELECT
    id,
    replace(replace(replace(replace(name, '''', ''), char(8217), ''), '.', ''), '&', ' and ')
        || ' ' || char(57344) AS name,
    replace(replace(replace(replace(aliases, '''', ''), char(8217), ''), '.', ''), '&', ' and ') AS aliases,
    replace(bare, '.', '') || ' ' || replace(rtrim(bare, replace(bare, '.', '')), '.', ' ') AS words,
    replace(replace(bare, '-', char(57345)), '.', ' ') || ' ' || char(57344) AS host,
    code,
    routing_number,
    'any ' || lower(country)
        || CASE WHEN supports_account_verification THEN ' verification' ELSE '' END
        || CASE WHEN supports_account_identification THEN ' identification' ELSE '' END
        || CASE WHEN supports_transaction_history THEN ' history' ELSE '' END AS facets
FROM (
    SELECT *, CASE WHEN authority LIKE 'www.%' THEN substr(authority, 5) ELSE authority END AS bare
    FROM (
        SELECT *, substr(rest, 1, instr(rest, '/') - 1) AS authority
        FROM (
            SELECT *, replace(replace(replace(lower(
                CASE WHEN url LIKE '%://%' THEN substr(url, instr(url, '://') + 3) ELSE coalesce(url, '') END
            ), ':', '/'), '?', '/'), '#', '/') || '/' AS rest
            FROM institutions WHERE is_hidden = 0
        )
    )
)""",
    """CREATE VIRTUAL TABLE institution_search USING fts5(
    name, aliases, words, host, code, routing_number, facets,
    content = 'institution_documents', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
)""",
    """CREATE TABLE institution_words (
    form TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (form, word)
) WITHOUT ROWID""",
    """CREATE TRIGGER institution_added AFTER INSERT ON institutions BEGIN
    INSERT INTO institution_search (rowid, name, aliases, words, host, code, routing_number, facets)
    SELECT id, name, aliases, words, host, code, routing_number, facets
    FROM institution_documents WHERE id = new.id;
END""",
    """CREATE TRIGGER institution_changing BEFORE UPDATE OF
    id, name, aliases, url, code, routing_number, country, is_hidden,
    supports_account_verification, supports_account_identification, supports_transaction_history
ON institutions BEGIN
    INSERT INTO institution_search (institution_search, rowid, name, aliases, words, host, code, routing_number, facets)
    SELECT 'delete', id, name, aliases, words, host, code, routing_number, facets
    FROM institution_documents WHERE id = old.id;
END""",
    """CREATE TRIGGER institution_changed AFTER UPDATE OF
    id, name, aliases, url, code, routing_number, country, is_hidden,
    supports_account_verification, supports_account_identification, supports_transaction_history
ON institutions BEGIN
    INSERT INTO institution_search (rowid, name, aliases, words, host, code, routing_number, facets)
    SELECT id, name, aliases, words, host, code, routing_number, facets
    FROM institution_documents WHERE id = new.id;
END""",
    """CREATE TRIGGER institution_removed BEFORE DELETE ON institutions BEGIN
    INSERT INTO institution_search (institution_search, rowid, name, aliases, words, host, code, routing_number, facets)
    SELECT 'delete', id, name, aliases, words, host, code, routing_number, facets
    FROM institution_documents WHERE id = old.id;
END""",
)
# What institutions are there already: each word of 3 to 24 letters under itself and with each letter left out.
_FILLING = (
    "INSERT INTO institution_search (institution_search) VALUES ('rebuild')",
    "CREATE VIRTUAL TABLE institution_terms USING fts5vocab(institution_search, col)",
    """INSERT OR IGNORE INTO institution_words
WITH RECURSIVE position (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM position WHERE at < 24)
SELECT substr(term, 1, at - 1) || substr(term, at + 1), term
FROM institution_terms JOIN position ON at <= length(term)
WHERE col IN ('name', 'aliases', 'code') AND length(term) BETWEEN 3 AND 24 AND term GLOB '*[^0-9]*'""",
    "DROP TABLE institution_terms",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
    for statement in _FILLING:
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("institution_added", "institution_changing", "institution_changed", "institution_removed"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE institution_words")
    op.execute("DROP TABLE institution_search")
    op.execute("DROP VIEW institution_documents")
    op.execute("DROP INDEX ix_institutions_popularity")
