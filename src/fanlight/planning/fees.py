"""Fees: what an account was charged beside what was bought with it. Pure."""

from fanlight.enrichment.categories import BY_KEY, FEES_CHARGES
from fanlight.enrichment.flags import Flags
from fanlight.planning.facts import Movement

MOST_OF_ATM = 15_000_000
"""What a machine takes at most: more is what was drawn from it, whatever its description makes of it."""
WHAT_IS_NONE = "a finance charge, a trade commission or an ATM fee above 15, which is the withdrawal itself"
"""How rules say what in the branch of fees is none."""
_OTHERS = frozenset(BY_KEY[key].guid for key in ("FINANCE_CHARGE", "TRADE_COMMISSIONS"))
"""Of the branch of fees, but the price of credit or of a trade."""
_ATM_FEE = BY_KEY["ATM_FEE"].guid


def is_fee(movement: Movement) -> bool:
    """Whether an account was charged a fee: what its user calls none is none."""
    is_one = movement.top_category_guid == FEES_CHARGES or Flags.OVERDRAFT_FEE in movement.flags
    is_drawn = movement.category_guid == _ATM_FEE and movement.amount > MOST_OF_ATM
    return is_one and not is_drawn and movement.is_debit and movement.category_guid not in _OTHERS
