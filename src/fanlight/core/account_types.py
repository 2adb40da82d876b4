"""Types of accounts, properties and holdings: the names of the wire by their ids."""

ACCOUNT_TYPES = dict(
    enumerate(
        ("UNKNOWN", "CHECKING", "SAVINGS", "LOAN", "CREDIT_CARD", "INVESTMENT", "LINE_OF_CREDIT", "MORTGAGE")
        + ("PROPERTY", "CASH", "INSURANCE", "PREPAID", "CHECKING_LINE_OF_CREDIT")
    )
)
ACCOUNT_SUBTYPES = dict(
    enumerate(
        ("NONE", "MONEY_MARKET", "CERTIFICATE_OF_DEPOSIT", "AUTO", "STUDENT", "SMALL_BUSINESS", "PERSONAL")
        + ("PERSONAL_WITH_COLLATERAL", "HOME_EQUITY", "PLAN_401_K", "PLAN_403_B", "PLAN_529", "IRA", "ROLLOVER_IRA")
        + ("ROTH_IRA", "TAXABLE", "NON_TAXABLE", "BROKERAGE", "TRUST", "UNIFORM_GIFTS_TO_MINORS_ACT", "PLAN_457")
        + ("PENSION", "EMPLOYEE_STOCK_OWNERSHIP_PLAN", "SIMPLIFIED_EMPLOYEE_PENSION", "SIMPLE_IRA", "BOAT")
        + ("POWERSPORTS", "RV", "HELOC")
    )
)
PROPERTY_TYPES = dict(
    enumerate(
        ("REAL_ESTATE", "VEHICLE", "ART", "JEWELRY", "FURNITURE", "APPLIANCES", "COMPUTER", "ELECTRONICS")
        + ("SPORTS_EQUIPMENT", "MISCELLANEOUS")
    )
)
# No public page has the ids of these; names and order are the ones that circulate.
HOLDING_TYPES = dict(
    enumerate(
        ("UNKNOWN_TYPE", "EQUITY", "EXCHANGE_TRADED_FUND", "MONEY_MARKET", "MUTUAL_FUND", "HEDGE_FUND", "ANNUITY")
        + ("UNIT_INVESTMENT_TRUST", "CASH", "FIXED_INCOME", "OPTIONS", "ALTERNATIVE_INVESTMENTS")
        + ("CERTIFICATE_OF_DEPOSIT", "LOAN")
    )
)
INVESTMENT = 5
PROPERTY = 8
LIABILITIES = frozenset((3, 4, 6, 7, 10, 12))
"""Types whose balance is what a person owes: positive while something is owed."""
