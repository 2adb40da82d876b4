"""The simulated bank: institutions to connect to, with OAuth, FDX and OFX as at real ones and nobody's real data."""

from fanlight.bank.activity import Activity
from fanlight.bank.app import Bank
from fanlight.bank.brands import BRANDS, OFX_BRANDS, BankClient, Brand
from fanlight.bank.special_users import PASSWORD, SPECIAL_USERS, SpecialUser

__all__ = [
    "BRANDS",
    "OFX_BRANDS",
    "PASSWORD",
    "SPECIAL_USERS",
    "Activity",
    "Bank",
    "BankClient",
    "Brand",
    "SpecialUser",
]
