"""What is planned with, and found in, what a user's money does: tallies, series, budgets, goals, plans, insights.

Guids of other things are kept beside what is planned as plain text where they may go while it stays.
"""

from sqlalchemy import Index, Table

from fanlight.storage.tables.columns import key, metadata, of, only, text_, whole

# What changed since a user's planning was brought up to date: a month of transactions, the words of some, or else the
# name of a table; `is_late` is what bringing it up to date failed with before. Triggers write it (storage/triggers.py),
# so that no change can forget to.
stale = Table(
    "stale",
    metadata,
    key(),
    of("users"),
    text_("kind"),
    text_("name"),
    whole("is_late"),
    Index("ux_stale", "user_id", "is_late", "kind", "name", unique=True),
)

# `as_of` is the user's day for which everything was brought up to date; where that failed, it is put off for a while.
plannings = Table(
    "plannings",
    metadata,
    key(),
    of("users"),
    text_("as_of"),
    whole("updated_at"),
    whole("put_off_until"),
    Index("ux_plannings_user_id", "user_id", unique=True),
    Index("ix_plannings_as_of", "as_of"),
)

# Sums are in whole units and the millionths that are left, for a sum of millionths could overflow. `count` counts what
# is hidden too, the sums do not.
month_tallies = Table(
    "month_tallies",
    metadata,
    key(),
    of("users"),
    text_("month"),
    whole("account_id"),
    text_("category_guid"),
    whole("count"),
    whole("debit_units"),
    whole("debit_rest"),
    whole("credit_units"),
    whole("credit_rest"),
    Index("ux_month_tallies", "user_id", "month", "account_id", "category_guid", unique=True),
)

# What comes again and again; `words` are the description keys under which it came, `facts` what else is known (JSON).
series = Table(
    "series",
    metadata,
    key(),
    of("users"),
    of("accounts"),
    whole("transaction_type"),
    text_("name_key"),
    text_("merchant_guid", nullable=True),
    text_("category_guid"),
    text_("description"),
    text_("words"),
    whole("cadence"),
    whole("day"),
    whole("second_day", nullable=True),
    whole("amount"),
    whole("low"),
    whole("high"),
    text_("first_on"),
    text_("last_on"),
    text_("next_on", nullable=True),
    whole("count"),
    whole("confidence"),
    whole("status"),
    text_("facts"),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_series_user_id", "user_id", "account_id", "name_key"),
    Index("ix_series_account_id", "account_id"),
)

# `usual_rest` is what is still expected this month.
budgets = Table(
    "budgets",
    metadata,
    key(),
    of("users"),
    of("budgets", "parent_id", nullable=True),
    text_("guid", unique=True),
    text_("category_guid"),
    whole("amount"),
    text_("metadata", nullable=True),
    whole("revision"),
    whole("created_at"),
    whole("updated_at"),
    whole("usual_rest"),
    Index("ux_budgets_user_id", "user_id", "category_guid", unique=True),
    Index("ix_budgets_parent_id", "parent_id", **only("parent_id IS NOT NULL")),
)

# `started_with` is what was owed when a goal to pay something off was made.
goals = Table(
    "goals",
    metadata,
    key(),
    of("users"),
    of("accounts"),
    text_("guid", unique=True),
    whole("amount"),
    whole("goal_type"),
    whole("meta_type"),
    text_("name"),
    whole("position"),
    whole("started_with", nullable=True),
    whole("is_complete"),
    whole("has_been_spent"),
    whole("completed_at", nullable=True),
    text_("metadata", nullable=True),
    whole("revision"),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_goals_user_id", "user_id", "position"),
    Index("ix_goals_account_id", "account_id"),
)

cash_flow_profiles = Table(
    "cash_flow_profiles",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    whole("goals_contribution", nullable=True),
    whole("uses_estimated_goals_contribution"),
    whole("created_at"),
    whole("updated_at"),
    Index("ux_cash_flow_profiles_user_id", "user_id", unique=True),
)

# `series_key` is set on what was found by itself, and on a user's own for which a series was found; what a user deleted
# of that stays, marked, so that it is not found again. `starts_on` is the first day of one that recurs. `is_hidden`
# marks what was found on an account that does not count now.
scheduled_payments = Table(
    "scheduled_payments",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("series_key", nullable=True),
    whole("amount"),
    text_("description"),
    whole("is_completed"),
    whole("is_recurring"),
    text_("merchant_guid", nullable=True),
    text_("starts_on"),
    text_("occurs_on"),
    whole("recurrence_day", nullable=True),
    whole("recurrence_type", nullable=True),
    whole("transaction_type"),
    whole("is_own"),
    whole("has_been_edited"),
    whole("is_hidden"),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ix_scheduled_payments_user_id", "user_id", "id"),
)

spending_plans = Table(
    "spending_plans",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    whole("current_iteration_number"),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_spending_plans_user_id", "user_id", "id"),
)

# One that a user took out stays, marked, so that it does not come in again.
spending_plan_accounts = Table(
    "spending_plan_accounts",
    metadata,
    key(),
    of("users"),
    of("spending_plans"),
    of("accounts"),
    text_("guid", unique=True),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ux_spending_plan_accounts", "spending_plan_id", "account_id", unique=True),
    Index("ix_spending_plan_accounts_account_id", "account_id"),
    Index("ix_spending_plan_accounts_user_id", "user_id"),
)

spending_plan_iterations = Table(
    "spending_plan_iterations",
    metadata,
    key(),
    of("users"),
    of("spending_plans"),
    text_("guid", unique=True),
    whole("iteration_number"),
    text_("start_on"),
    text_("end_on"),
    whole("created_at"),
    whole("updated_at"),
    Index("ux_spending_plan_iterations", "spending_plan_id", "iteration_number", unique=True),
    Index("ix_spending_plan_iterations_user_id", "user_id"),
)

# `origin` names what an item was made of (a series, a budget, or nothing for what its user wrote), so that rolling
# neither loses nor doubles it. `transaction_guids` is a JSON list.
spending_plan_items = Table(
    "spending_plan_items",
    metadata,
    key(),
    of("users"),
    of("spending_plan_iterations", "iteration_id"),
    text_("guid", unique=True),
    text_("origin", nullable=True),
    whole("item_type", nullable=True),
    whole("planned_amount"),
    whole("actual_amount", nullable=True),
    text_("category_guid", nullable=True),
    text_("top_level_category_guid", nullable=True),
    text_("scheduled_payment_guid", nullable=True),
    text_("transaction_guids", nullable=True),
    whole("has_been_edited"),
    whole("created_at"),
    whole("updated_at"),
    whole("deleted_at", nullable=True),
    Index("ix_spending_plan_items_iteration_id", "iteration_id", "id"),
    Index("ix_spending_plan_items_user_id", "user_id", "iteration_id", "id"),
)

# `event` is what a notification is about, said so that the same event has the same text: it is told once.
notifications = Table(
    "notifications",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("event"),
    whole("notification_type"),
    text_("subject"),
    text_("content", nullable=True),
    text_("entity_guid", nullable=True),
    text_("deep_link_guid", nullable=True),
    whole("threshold", nullable=True),
    whole("has_been_viewed"),
    text_("created_on"),
    whole("created_at"),
    Index("ux_notifications_event", "user_id", "event", unique=True),
    Index("ix_notifications_created_at", "created_at"),
    Index("ix_notifications_user_id", "user_id", "created_on", "id"),
)

deliverables = Table(
    "deliverables",
    metadata,
    key(),
    of("users"),
    of("notifications"),
    text_("guid", unique=True),
    whole("channel"),
    text_("content"),
    text_("state"),
    whole("created_at"),
    whole("delivered_at", nullable=True),
    Index("ux_deliverables_channel", "notification_id", "channel", unique=True),
    Index("ix_deliverables_user_id", "user_id", "id"),
)

# What a user wants to hear of and how; a kind that has no row is as the product has it.
notification_profiles = Table(
    "notification_profiles",
    metadata,
    key(),
    of("users"),
    whole("notification_type"),
    text_("account_guid"),
    text_("channels"),
    whole("threshold", nullable=True),
    whole("is_enabled"),
    whole("created_at"),
    whole("updated_at"),
    Index("ux_notification_profiles", "user_id", "notification_type", "account_guid", unique=True),
)

# What others are to be told, written in the unit that changed it.
outbox = Table(
    "outbox",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("kind"),
    text_("action"),
    text_("payload"),
    whole("created_at"),
    Index("ix_outbox_created_at", "created_at"),
    Index("ix_outbox_user_id", "user_id", "id"),
)

# `digest` is made of what an insight is about: within the window of its rule there is one of it.
insights = Table(
    "insights",
    metadata,
    key(),
    of("users"),
    text_("guid", unique=True),
    text_("template"),
    text_("digest"),
    text_("about"),
    text_("title"),
    text_("description"),
    text_("micro_title", nullable=True),
    text_("micro_description", nullable=True),
    text_("micro_call_to_action", nullable=True),
    text_("primary_account_guid", nullable=True),
    text_("primary_transaction_guid", nullable=True),
    whole("is_relevant"),
    whole("has_been_displayed"),
    whole("is_dismissed"),
    whole("active_at"),
    whole("expires_at"),
    whole("displayed_at", nullable=True),
    whole("cta_clicked_at", nullable=True),
    whole("created_at"),
    whole("updated_at"),
    Index("ix_insights_created_at", "created_at"),
    Index("ux_insights_digest", "user_id", "digest", unique=True),
    Index("ix_insights_user_id", "user_id", "active_at", "id"),
)

# What an insight speaks of: kind "account", "category", "merchant", "scheduled_payment" or "transaction".
insight_links = Table(
    "insight_links",
    metadata,
    key(),
    of("users"),
    of("insights"),
    text_("kind"),
    text_("guid"),
    Index("ix_insight_links_insight_id", "insight_id", "kind", "id"),
    Index("ix_insight_links_user_id", "user_id", "kind", "guid"),
)

# What a client wants its users to read: campaign content, shown once to each.
client_insights = Table(
    "client_insights",
    metadata,
    key(),
    of("clients"),
    text_("guid", unique=True),
    text_("title"),
    text_("description"),
    text_("call_to_action", nullable=True),
    text_("from_date"),
    text_("to_date"),
    whole("created_at"),
    Index("ix_client_insights_client_id", "client_id", "id"),
)
