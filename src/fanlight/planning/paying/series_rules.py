"""The rules of series as they are written down."""

from fanlight.enrichment.recurrence.cadence import MEASURES, Cadence
from fanlight.enrichment.recurrence.finding import MAX_GROUP
from fanlight.enrichment.recurrence.fitting import LEAST, LEAST_EVIDENCE
from fanlight.enrichment.recurrence.series import RECENT, SCATTERED
from fanlight.planning.paying.series_kinds import BILLED, SUBSCRIBED, UNSURE
from fanlight.planning.paying.series_movements import DAYS_AHEAD, DAYS_BACK
from fanlight.planning.written import Written

_NAMES = {
    Cadence.EVERY_WEEK: "weekly",
    Cadence.EVERY_TWO_WEEKS: "every two weeks",
    Cadence.TWICE_A_MONTH: "twice a month",
    Cadence.EVERY_MONTH: "monthly",
    Cadence.EVERY_QUARTER: "quarterly",
    Cadence.EVERY_YEAR: "yearly",
}


def _each(attribute: str) -> str:
    return ", ".join(f"{name} {getattr(MEASURES[cadence], attribute)}" for cadence, name in _NAMES.items())


RULES = (
    Written(
        "Series: what is looked at",
        f"The transactions of the last {DAYS_BACK:,} days and of the next {DAYS_AHEAD}, on living accounts, pending"
        " ones too, not hidden ones; a split counts as the whole. What is on one account, in one direction and of one"
        " merchant (without one: with the same description) is one group, of which the newest"
        f" {MAX_GROUP:,} are looked at.",
        "ours",
    ),
    Written(
        "Series: when there is one",
        f"At least {LEAST} occurrences with evidence of {LEAST_EVIDENCE} or more (natural logarithm of odds). Each step"
        " from one to the next adds ln(period / (2 x mean days off + 0.6)), at most 3.9, and for the amount 1.5 when it"
        " is the same, 1 within 2 %, 0.4 within 10 %, -0.3 within 25 %, -1 within 60 %, else -1.8. Each day on which"
        " nothing came takes 1.8, each other transaction that is looked at with them in between 2 (1 on the same day),"
        " each before or after 1.5; there must be no more of those before or after than occurrences, and in between no"
        " more than a third as many."
        " No more than a fifth of the days may be without one (one always may). Days may be off by: "
        f"{_each('slack')}; on average by: {_each('blur')}. Amounts that come more often than monthly must not"
        " differ by more than 20 % from one to the next (median).",
        "ours",
    ),
    Written(
        "Series: cadence",
        "The one of weekly, every two weeks, twice a month, monthly, quarterly and yearly with most evidence. Every 28"
        " or 30 days is called monthly. A day that the month does not have is its last one.",
        "ours",
    ),
    Written(
        "Series: several of one merchant",
        "A group is parted by equal amounts, or by amounts of which one is at least a quarter above the one before,"
        " where that gives a quarter more evidence than the whole. Where one ends and another of the same cadence goes"
        " on with an amount that differs by half at most (by a quarter when the day differs too), both are one.",
        "ours",
    ),
    Written(
        "Series: next day",
        "The next due day of the cadence after the one of the last occurrence. One on a weekend or a holiday of United"
        " States banks is moved to the business day before or after where most earlier ones were.",
        "ours",
    ),
    Written(
        "Series: missed and ended",
        "An occurrence is overdue when it did not come within so many days after it was due: "
        f"{_each('patience')}. Then the series is missed, and the next due day counts. It has ended when so many in a"
        f" row are overdue: {_each('gone')}.",
        "ours",
    ),
    Written(
        "Series: amount",
        "Expected is the last amount where the last two differ by 0.5 % at most, else the median of the last three. The"
        f" band is the least and the most of the last {RECENT}, since the price changed.",
        "ours",
    ),
    Written(
        "Series: price change",
        "A steady amount (two or more within 0.5 %) that became another steady one; the newest alone is enough after"
        " three of the same.",
        "ours",
    ),
    Written(
        "Series: confidence",
        f"100 x (1 - e^(-evidence / 12)), rounded; {UNSURE} at most for what is no bill where the amounts of the last"
        f" {RECENT}, since the price changed, differ by more than {SCATTERED:.0%} of the greater one from one to the"
        " next (median).",
        "ours",
    ),
    Written(
        "Series: subscription",
        "A debit of which enrichment calls the newest occurrence a subscription; or a debit of a steady amount, monthly"
        f" or less often, in one of the categories {', '.join(SUBSCRIBED)}.",
        "ours",
    ),
    Written(
        "Series: bill",
        "A debit of which enrichment calls the newest occurrence a bill payment, or which is in the"
        f" branch of bills and utilities or in one of the categories {', '.join(BILLED)}.",
        "ours",
    ),
)
