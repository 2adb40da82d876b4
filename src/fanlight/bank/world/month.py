"""A month of a household's life: what it earns, spends and owes, from the month's number alone."""

from fanlight.bank.world.calendar import banking_moment, moment_in, month_length, paydays
from fanlight.bank.world.household import SAVED_MONTHLY, Habit, Household
from fanlight.bank.world.loans import Schedule, interest_of
from fanlight.bank.world.merchants import CHECK_PAYEES, FRIENDS, SHOPS, TRANSIT, Merchant
from fanlight.bank.world.movements import Movement, Sheet
from fanlight.bank.world.people import CARD, CHECKING, INVESTMENT, LOAN, MORTGAGE, SAVINGS

_MORNING, _NOON = 25_200, 64_800


def month_of_life(household: Household, month: int) -> tuple[Movement, ...]:
    """Everything that begins in a month; purchases at its end post in the next one."""
    sheet = Sheet(household, month, "month")
    _income(sheet)
    _loan_payment(sheet, MORTGAGE, household.mortgage, "MORTGAGE PMT")
    _loan_payment(sheet, LOAN, household.loan, "LOAN PYMT")
    _bills(sheet)
    _subscriptions(sheet)
    for habit in household.habits:
        _purchases(sheet, habit)
    _transit(sheet)
    _refund(sheet)
    _cash(sheet)
    _checks(sheet)
    _friends(sheet)
    _saving_and_investing(sheet)
    _interest(sheet)
    return tuple(sheet.movements)


def bank_name(household: Household) -> str:
    """The bank as its own descriptors call it."""
    return household.person.brand.name.split(" (")[0].upper()


def _income(sheet: Sheet) -> None:
    home = sheet.household
    short, name = home.employer
    for day in paydays(sheet.month, home.pay_phase):
        text = (
            f"{short} DES:PAYROLL ID:{home.employer_id} INDN:{home.person.name.upper()} CO ID:1{home.employer_id} PPD"
        )
        cents = home.pay + sheet.dice.choice((0, 0, 0, sheet.dice.randrange(2_000, 18_000)))
        sheet.entry(CHECKING, moment_in(sheet.month, day, _MORNING), cents, text, "DIRECTDEPOSIT", payee=name)


def _loan_payment(sheet: Sheet, role: str, schedule: Schedule, words: str) -> None:
    """The payment out of checking and onto the loan, and the month's interest on the loan."""
    due = schedule.due(sheet.month)
    if not due:
        return
    moment = banking_moment(sheet.month, schedule.due_day, _MORNING)
    number = next(each.number for each in sheet.household.person.accounts if each.role == role)
    bank = bank_name(sheet.household)
    sheet.entry(
        CHECKING, moment, -due, f"{bank} {words} AUTOPAY ACCT XXXXXX{number[-4:]}", "BILLPAYMENT", payee=bank.title()
    )
    sheet.entry(role, moment, -schedule.interest(sheet.month), "INTEREST CHARGED", "INTEREST")
    sheet.entry(role, moment + 60, due, "PAYMENT RECEIVED - THANK YOU", "PAYMENT")


def _bills(sheet: Sheet) -> None:
    for bill, day in sheet.household.utilities:
        cents = bill.usual + (sheet.dice.randint(-bill.varies, bill.varies) if bill.varies else 0)
        text = sheet.filled(bill.descriptor, day)
        sheet.entry(CHECKING, banking_moment(sheet.month, day, _MORNING), -cents, text, "BILLPAYMENT", payee=bill.name)


def _subscriptions(sheet: Sheet) -> None:
    for merchant, day in sheet.household.subscriptions:
        sheet.purchase(merchant, day, _NOON, merchant.low, role=CARD)


def _purchases(sheet: Sheet, habit: Habit) -> None:
    dice, days = sheet.dice, month_length(sheet.month)
    for _ in range(dice.randint(habit.least, habit.most)):
        merchant = dice.choice(habit.merchants)
        day, second = dice.randint(1, days), dice.randrange(46_800, 82_800)
        cents = _price(sheet, merchant)
        # Somebody who eats at a table adds a tip by pen, so that it shows only when the purchase posts.
        tip = cents * dice.randint(15, 22) // 100 if habit.tipped and dice.randrange(2) else 0
        sheet.purchase(merchant, day, second, cents, tip=tip)
        if merchant.mcc == "5814" and dice.randrange(12) == 0:
            sheet.purchase(merchant, day, second + 1_500, cents)  # the same again, half an hour later


def _price(sheet: Sheet, merchant: Merchant) -> int:
    span = merchant.high - merchant.low + 1
    return merchant.low + min(sheet.dice.randrange(span), sheet.dice.randrange(span))


def _transit(sheet: Sheet) -> None:
    """There and back: two equal fares on one day."""
    for _ in range(sheet.dice.randint(1, 3)):
        day = sheet.dice.randint(1, month_length(sheet.month))
        for second in (48_600, 79_200):
            sheet.purchase(TRANSIT, day, second, TRANSIT.low, role=CARD)


def _refund(sheet: Sheet) -> None:
    if sheet.dice.randrange(3):
        return
    merchant, day = sheet.dice.choice(SHOPS), sheet.dice.randint(4, 26)
    text = f"{sheet.filled(merchant.descriptor, day)} RETURN"
    cents = sheet.dice.randrange(merchant.low, merchant.low * 3)
    sheet.entry(CARD, moment_in(sheet.month, day, _NOON), cents, text, "ADJUSTMENT", payee=merchant.name)


def _cash(sheet: Sheet) -> None:
    dice, city = sheet.dice, sheet.household.person.city
    for _ in range(dice.randint(1, 2)):
        day, cents = dice.randint(1, 28), dice.choice((4_000, 6_000, 8_000, 10_000, 12_000))
        moment = moment_in(sheet.month, day, _NOON)
        foreign = dice.randrange(4) == 0
        owner = "NON-NETWORK" if foreign else bank_name(sheet.household)
        text = f"{owner} ATM WITHDRAWAL {sheet.mmdd(day)} #{dice.randrange(10**9):09} {city.short} {city.state}"
        sheet.entry(CHECKING, moment, -cents, text, "ATMWITHDRAWAL")
        if foreign:
            sheet.entry(CHECKING, moment + 1, -300, f"NON-NETWORK ATM FEE {sheet.mmdd(day)}", "FEE")


def _checks(sheet: Sheet) -> None:
    """Checks in the order of their numbers, at most three a month."""
    number = sheet.household.check_number + 3 * (sheet.month - 24_000)
    for place, day in enumerate(sorted(sheet.dice.sample(range(2, 28), sheet.dice.randint(1, 2)))):
        cents, payee = sheet.dice.randrange(25, 180) * 100, sheet.dice.choice(CHECK_PAYEES)
        sheet.entry(
            CHECKING,
            banking_moment(sheet.month, day, _MORNING),
            -cents,
            f"CHECK #{number + place:04}",
            "CHECK",
            payee=payee,
            memo=f"Check {number + place}",
            check_number=number + place,
        )


def _friends(sheet: Sheet) -> None:
    dice = sheet.dice
    for _ in range(dice.randint(1, 3)):
        friend, cents = dice.choice(FRIENDS), dice.randrange(10, 90) * 100
        reference = f"Conf# {dice.getrandbits(40):010x}"
        received = dice.randrange(3) == 0
        words = f"Zelle payment from {friend} {reference}" if received else f"Zelle payment to {friend} {reference}"
        moment = moment_in(sheet.month, dice.randint(1, 28), _NOON)
        sheet.entry(CHECKING, moment, cents if received else -cents, words, "TRANSFER", payee=friend)


def _saving_and_investing(sheet: Sheet) -> None:
    numbers = {each.role: each.number[-4:] for each in sheet.household.person.accounts}
    portfolio = sheet.household.portfolio
    sheet.legs(
        banking_moment(sheet.month, 5, _MORNING),
        (CHECKING, f"Online Banking transfer to SAV {numbers[SAVINGS]} Recurring"),
        (SAVINGS, f"Online Banking transfer from CHK {numbers[CHECKING]} Recurring"),
        SAVED_MONTHLY,
    )
    trades = portfolio.trades(sheet.month)
    if not trades:
        return
    sheet.legs(
        banking_moment(sheet.month, 8, _MORNING),
        (CHECKING, f"{bank_name(sheet.household)} BROKERAGE DES:CONTRIB ID:XXXX{numbers[INVESTMENT]} PPD"),
        (INVESTMENT, f"ELECTRONIC FUNDS TRANSFER RECEIVED FROM XXXX{numbers[CHECKING]}"),
        portfolio.contribution,
    )
    for trade in trades:
        words = {"PURCHASED": "YOU BOUGHT", "DIVIDEND": "DIVIDEND RECEIVED"}.get(trade.kind, "REINVESTMENT")
        text = f"{words} {trade.security.name.upper()} ({trade.security.symbol})"
        sheet.entry(INVESTMENT, trade.at, trade.cents, text, trade.kind, trade=trade)


def _interest(sheet: Sheet) -> None:
    home, last = sheet.household, month_length(sheet.month)
    earned = interest_of(home.savings_at(sheet.month), home.savings_rate)
    moment = moment_in(sheet.month, last, _MORNING)
    sheet.entry(SAVINGS, moment, earned, "INTEREST PAYMENT", "INTEREST")
    if home.carried:
        charged = interest_of(home.carried, home.card_rate)
        sheet.entry(CARD, moment, -charged, "INTEREST CHARGE ON PURCHASES", "INTEREST")
