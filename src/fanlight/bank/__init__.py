"""The simulated bank: an institution to connect to, with OAuth and FDX as at a real one and nobody's real data."""

from fanlight.bank.activity import Activity
from fanlight.bank.app import Bank
from fanlight.bank.brands import BRANDS, BankClient, Brand
from fanlight.bank.special_users import PASSWORD, SPECIAL_USERS, SpecialUser

__all__ = ["BRANDS", "PASSWORD", "SPECIAL_USERS", "Activity", "Bank", "BankClient", "Brand", "SpecialUser"]
