"""Money: decimals in memory, whole millionths in the database, plain numbers on the wire.

An amount is never a float. Millionths hold every ISO 4217 exponent (0 to 4) exactly, add up in SQL, and reach
9.2 trillion units in 64 bits, above the wire's limit of 14 digits with 2 decimals.
"""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

MICROS = Decimal(1_000_000)
LIMIT = Decimal(9_000_000_000_000)
_MOST = int(LIMIT * MICROS)
_STEP = Decimal("0.000001")
_CENT = Decimal("0.01")


def parse(value: object) -> Decimal | None:
    """A finite decimal within the limit from a JSON number or text; None when it is not one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.copy_abs() > LIMIT:
        return None
    return number + 0  # negative zero becomes zero


def within(micros: int) -> int:
    """The nearest amount that can be kept: a sum, or a multiple, may be beyond the limit."""
    return max(-_MOST, min(micros, _MOST))


def to_micros(amount: Decimal) -> int:
    """Whole millionths, rounded half to even."""
    return int(amount.quantize(_STEP, rounding=ROUND_HALF_EVEN) * MICROS)


def from_micros(micros: int) -> Decimal:
    """The amount, with two decimals or as many as it needs."""
    whole = Decimal(micros) / MICROS
    return max(whole.quantize(_CENT), whole.normalize(), key=lambda number: -int(number.as_tuple().exponent))
