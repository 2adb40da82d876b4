"""How what happens in households reads on their accounts: texts, payees and the categories that they truly are of."""

from typing import NamedTuple


class Shop(NamedTuple):
    text: str
    payee: str
    branch: str
    least: int
    most: int
    times: float
    """How often in a week."""


FOOD, AUTO, BILLS, HOME, SHOPPING = "Food & Dining", "Auto & Transport", "Bills & Utilities", "Home", "Shopping"
HEALTH, FUN, TRAVEL, EDUCATION, FEES = "Health & Fitness", "Entertainment", "Travel", "Education", "Fees & Charges"
INCOME, TRANSFER, INVESTMENTS, TAXES, NONE = "Income", "Transfer", "Investments", "Taxes", "Uncategorized"
GROCERS = (
    ("TRADER JOE'S #512", "Trader Joe's"),
    ("SAFEWAY #1508", "Safeway"),
    ("KROGER #423", "Kroger"),
    ("WHOLEFDS SEA 10211", "Whole Foods"),
)
SHOPS = (
    Shop("CHIPOTLE 1234", "Chipotle", FOOD, 900, 2_400, 0.7),
    Shop("MCDONALD'S F1234", "McDonald's", FOOD, 500, 1_900, 0.5),
    Shop("TST* NOODLE BAR", "noodle bar", FOOD, 1_500, 4_800, 0.5),
    Shop("SHELL OIL 57442", "Shell", AUTO, 2_500, 5_800, 0.7),
    Shop("TARGET 00012345", "Target", SHOPPING, 1_200, 9_000, 0.5),
    Shop("AMAZON.COM*MK1AB2", "Amazon", SHOPPING, 900, 8_000, 0.8),
    Shop("CVS/PHARMACY #01234", "CVS", HEALTH, 600, 4_000, 0.3),
    Shop("HOME DEPOT #4711", "Home Depot", HOME, 1_500, 12_000, 0.2),
    Shop("AMC 1234", "AMC", FUN, 1_400, 4_200, 0.2),
    Shop("UBER *TRIP HELP.UBER.COM", "Uber", TRAVEL, 900, 3_500, 0.3),
)
COFFEES = (("STARBUCKS STORE 12345", "Starbucks"), ("SQ *CORNER COFFEE", "corner coffee"))
COFFEE_PRICES = (325, 395, 445, 475, 525, 575, 615, 695)
SUBSCRIPTIONS = (
    ("NETFLIX.COM", BILLS),
    ("SPOTIFY USA", FUN),
    ("HULU 877-8244858 CA", BILLS),
    ("DISNEY PLUS", BILLS),
    ("DROPBOX", SHOPPING),
    ("ADOBE CREATIVE CLOUD", SHOPPING),
    ("PLANET FITNESS", HEALTH),
    ("NYTIMES*NYTIMES", FUN),
    ("AUDIBLE*MEMBERSHIP", SHOPPING),
)
POWER = ("PUGET SOUND ENERGY BILLPAY", "PG&E WEB ONLINE", "CON EDISON BILL PAYMENT", "DUKE ENERGY BILL PAY")
PHONES = ("VERIZON WIRELESS PAYMENT", "T-MOBILE PCS SVC", "AT&T BILL PAYMENT")
LOANS = (("TOYOTA FINANCIAL", AUTO), ("HONDA FINANCIAL SVC", AUTO), ("NELNET STUDENT LN PYMT", EDUCATION))

PAY = (
    "ACME CORP DES:PAYROLL PPD",
    "NORTHWIND INC DIRECT DEP PAYROLL",
    "GUSTO PAY 912345 NORTHWIND LLC",
    "ADP TOTALSOURCE PAYROLL",
    "SALARY CONTOSO LTD",
    "TAX PROS LLC PAYROLL",
    "CITY OF SEATTLE DIR DEP",
)
FEE_TEXTS = (
    ("MONTHLY MAINTENANCE FEE", 1_200),
    ("WIRE TRANSFER FEE", 3_000),
    ("NON-NETWORK ATM FEE", 350),
    ("SERVICE CHARGE", 800),
    ("INACTIVITY FEE", 500),
    ("STOP PAYMENT FEE", 3_000),
    ("PAPER STATEMENT FEE", 300),
    ("OUT OF NETWORK ATM SURCHARGE", 300),
    ("CASH ADVANCE FEE", 1_000),
    ("FOREIGN TRANS FEE", 240),
    ("RETURNED ITEM CHARGE", 2_500),
)
OVERDRAFT_FEES = (
    "OVERDRAFT FEE",
    "NSF FEE",
    "OVERDRAFT PAID ITEM FEE",
    "INSUFFICIENT FUNDS FEE",
    "RETURNED ITEM NSF CHARGE",
    "EXTENDED OVERDRAFT CHARGE",
)
DISPUTES = (
    "PROVISIONAL CREDIT DISPUTE",
    "DISPUTE CREDIT",
    "CHARGEBACK CREDIT",
    "TEMP CREDIT FRAUD CLAIM",
    "CREDIT FOR DISPUTED CHARGE",
)
VERIFIED = (
    "PAYPAL ACCTVERIFY",
    "VENMO ACCTVERIFY",
    "COINBASE VERIFY",
    "STRIPE TRIAL DEPOSIT",
    "FIDELITY MICRODEP",
    "SCHWAB ACCTVERIFY",
    "ROBINHOOD TEST DEPOSIT",
)
DEPOSITS = (
    (
        "tax refund",
        "tax",
        TAXES,
        30_000,
        300_000,
        ("IRS TREAS 310 TAX REF", "FRANCHISE TAX BD CASTTAXRFD", "NYS DTF PIT TAX RFND", "STATE OF OREGON TAX REFUND"),
    ),
    (
        "benefit",
        "benefit",
        INCOME,
        20_000,
        190_000,
        (
            "SSA TREAS 310 XXSOC SEC",
            "VACP TREAS 310 XXVA BENEF",
            "SSI TREAS 310 XXSUPP SEC",
            "WA ST EMPLOY SEC UI BENEFIT",
            "STATE OF CA EDD UI PAYMENT",
            "UNEMPLOYMENT INSURANCE BENEFITS NY",
            "RRB TREAS 310 RAIL RET",
        ),
    ),
    (
        "check",
        "check",
        NONE,
        2_000,
        120_000,
        (
            "MOBILE CHECK DEPOSIT",
            "CHECK DEPOSIT 1044",
            "ATM CHECK DEPOSIT 5TH AVE",
            "MOBILE DEPOSIT",
            "REMOTE CAPTURE DEPOSIT",
            "DEPOSIT MOBILE CHECK",
        ),
    ),
    (
        "large deposit",
        "money",
        INCOME,
        50_000,
        400_000,
        ("STATE FARM CLAIM PAYMENT", "ESTATE OF R MILLER SETTLEMENT", "UNIVERSAL CREDIT LOAN PROCEEDS"),
    ),
)
"""Event, kind, branch, least and most, and how it may read."""
DECOYS = (
    ("MONTHLY MAINTENANCE FEE REVERSAL", "decoy", INCOME, True, 1_200, 1_201),
    ("INTEREST PAID", "decoy", INCOME, True, 3, 95),
    ("ZELLE FROM JANE DOE", "person", TRANSFER, True, 50_000, 90_000),
    ("ZELLE TO JANE DOE", "person", TRANSFER, False, 50_000, 90_000),
    ("BEST BUY RETURN 00012", "refund", "Refund", True, 50_000, 90_000),
    ("IRS USATAXPYMT", "purchase", TAXES, False, 30_000, 90_000),
    ("COUNTY CLERK FILING FEE", "purchase", NONE, False, 2_500, 9_000),
    ("UNIVERSITY APPLICATION FEE", "purchase", EDUCATION, False, 4_000, 9_000),
    ("HARVARD SQUARE PARKING FEE", "purchase", AUTO, False, 800, 3_000),
    ("CHECKERS DRIVE-IN 1234", "purchase", FOOD, False, 800, 2_000),
    ("ATM WITHDRAWAL FEE INCLUDED 000123", "cash", NONE, False, 4_350, 10_350),
)
"""What sounds like something to tell and is not, or is something else."""
