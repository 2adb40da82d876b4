"""What sorts transactions: categories, tags, rules, and the places of merchants."""

from sqlalchemy import Index, Table

from fanlight.storage.tables.columns import key, metadata, of, text_, whole

# Those that a user made; the default ones are the product's own (enrichment/categories.py).
categories = Table(
    "categories",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("parent_guid"),
    text_("name"),
    text_("metadata", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_categories_user_id", "user_id", "id"),
)

tags = Table(
    "tags",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("name"),
    whole("created_at"),
    Index("ux_tags_user_id", "user_id", "name", unique=True),
)

taggings = Table(
    "taggings",
    metadata,
    key(),
    of("users"),
    of("tags"),
    of("transactions"),
    text_("guid", unique=True),
    whole("created_at"),
    Index("ix_taggings_user_id", "user_id", "id"),
    Index("ix_taggings_transaction_id", "transaction_id"),
    Index("ux_taggings_tag_id", "tag_id", "transaction_id", unique=True),
)

# `match_key` is the form in which descriptions are compared (base/folding.py: `fold`).
transaction_rules = Table(
    "transaction_rules",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("match_description"),
    text_("match_key"),
    text_("category_guid"),
    text_("description"),
    whole("created_at"),
    whole("updated_at"),
    Index("ux_transaction_rules_user_id", "user_id", "match_key", unique=True),
    sqlite_autoincrement=True,
)

client_rules = Table(
    "client_rules",
    metadata,
    key(),
    of("clients"),
    text_("match_description"),
    text_("match_key"),
    text_("category_guid"),
    text_("description", nullable=True),
    whole("created_at"),
    Index("ux_client_rules_client_id", "client_id", "match_key", unique=True),
)

# Found on transactions: the same merchant in the same city is one place.
merchant_locations = Table(
    "merchant_locations",
    metadata,
    key(),
    text_("guid", unique=True),
    text_("merchant_guid"),
    text_("street_address", nullable=True),
    text_("city", nullable=True),
    text_("region_code", nullable=True),
    text_("postal_code", nullable=True),
    text_("country", nullable=True),
    text_("phone_number", nullable=True),
    text_("latitude", nullable=True),
    text_("longitude", nullable=True),
    whole("created_at"),
    whole("updated_at"),
)
