"""Where the people of the simulated world spend: descriptors as card processors write them.

Placeholders: {store} and {id} numbers that stay, {ref} and {code} that change, with their digits; {city} and {st} of
the buyer, {phone} of somebody there.
"""

from typing import NamedTuple


class Merchant(NamedTuple):
    """A shop, or many of one brand: its raw descriptor, clean name, MCC, and prices from and to in cents."""

    descriptor: str
    name: str
    mcc: str
    low: int
    high: int


GROCERIES = (
    Merchant("WAL-MART #{store} {city} {st}", "Walmart", "5411", 2_200, 14_500),
    Merchant("KROGER #{store3} {city} {st}", "Kroger", "5411", 1_800, 13_000),
    Merchant("TRADER JOE'S #{store3} QPS {city} {st}", "Trader Joe's", "5411", 1_900, 9_800),
    Merchant("HARVEST LANE MKT #{store3} {city} {st}", "Harvest Lane Market", "5411", 1_500, 11_000),
    Merchant("COSTCO WHSE #{store} {city} {st}", "Costco", "5300", 6_000, 21_000),
    Merchant("GREENBRIAR CO-OP {city} {st}", "Greenbriar Co-op", "5411", 1_200, 8_200),
)

FUEL = (
    Merchant("SHELL OIL {store8} {city} {st}", "Shell", "5541", 2_600, 6_400),
    Merchant("CHEVRON {store7} {city} {st}", "Chevron", "5542", 2_800, 6_600),
    Merchant("QUIKSTAR FUEL {store} {city} {st}", "QuikStar Fuel", "5542", 2_300, 5_900),
    Merchant("76 - RIDGELINE GAS {city} {st}", "Ridgeline Gas", "5541", 2_500, 6_100),
)

RESTAURANTS = (
    Merchant("TST* SALT & THISTLE - {city} {st}", "Salt & Thistle", "5812", 3_200, 9_800),
    Merchant("TST* Nonna Pia Trattoria {city} {st}", "Nonna Pia Trattoria", "5812", 2_800, 9_200),
    Merchant("SQ *TACOS EL FAROLITO AZUL {city} {st}", "Tacos El Farolito Azul", "5812", 1_100, 3_900),
    Merchant("SQ *BLUE HERON NOODLE BAR {city} {st}", "Blue Heron Noodle Bar", "5812", 1_500, 5_200),
    Merchant("TST*THE CROOKED SPOON {store} {city} {st}", "The Crooked Spoon", "5812", 1_900, 7_400),
    Merchant("OLD MILL ALEHOUSE {city} {st}", "Old Mill Alehouse", "5813", 1_800, 6_900),
)

FAST_FOOD = (
    Merchant("MCDONALD'S F{store5} {city} {st}", "McDonald's", "5814", 700, 2_400),
    Merchant("CHIPOTLE {store} {city} {st}", "Chipotle", "5814", 1_100, 3_200),
    Merchant("DD *DOORDASH BURGERBARN 855-431-0459 CA", "DoorDash", "5814", 1_900, 5_400),
    Merchant("SQ *DAILY LOAF SANDWICH {city} {st}", "Daily Loaf Sandwiches", "5814", 900, 2_100),
)

COFFEE = (
    Merchant("STARBUCKS STORE {store5} {city} {st}", "Starbucks", "5814", 425, 1_380),
    Merchant("SQ *THIRD RAIL COFFEE gosq.com {st}", "Third Rail Coffee", "5814", 400, 1_250),
    Merchant("DUTCH OVEN BAKERY CAFE #{store3} {city} {st}", "Dutch Oven Bakery Cafe", "5462", 450, 1_900),
)

SHOPS = (
    Merchant("AMZN Mktp US*{code9} Amzn.com/bill WA", "Amazon", "5942", 900, 12_500),
    Merchant("TARGET {store8} {city} {st}", "Target", "5310", 1_200, 11_000),
    Merchant("THE HOME DEPOT #{store} {city} {st}", "Home Depot", "5200", 1_400, 16_000),
    Merchant("PAYPAL *KITEANDBARN 402-935-7733 CA", "Kite and Barn", "5651", 2_400, 9_900),
    Merchant("PP*OAKLEAFBOOKS {city} {st}", "Oakleaf Books", "5942", 900, 4_800),
    Merchant("SP MOSS AND MERIDIAN {phone} {st}", "Moss and Meridian", "5712", 3_100, 13_500),
    Merchant("BEST BUY {store8} {city} {st}", "Best Buy", "5732", 1_900, 18_900),
    Merchant("PETALUMA PET SUPPLY #{store3} {city} {st}", "Petaluma Pet Supply", "5995", 1_600, 7_900),
)

ERRANDS = (
    Merchant("CVS/PHARMACY #{store5} {city} {st}", "CVS Pharmacy", "5912", 700, 5_200),
    Merchant("LAKESIDE DENTAL ARTS {phone} {st}", "Lakeside Dental Arts", "8021", 4_000, 18_000),
    Merchant("USPS PO {store10} {city} {st}", "US Postal Service", "9402", 480, 3_100),
    Merchant("SUDS & SHINE CAR WASH {city} {st}", "Suds & Shine Car Wash", "7542", 900, 2_600),
    Merchant("FSP*BRAVEHEART BARBER CO {city} {st}", "Braveheart Barber Co", "7230", 2_500, 5_500),
    Merchant("UBER *TRIP HELP.UBER.COM CA", "Uber", "4121", 850, 4_200),
)

TRANSIT = Merchant("{city} TRANSIT FARE {st}", "City Transit", "4111", 280, 280)

SUBSCRIPTIONS = (
    Merchant("NETFLIX.COM 408-540-3700 CA", "Netflix", "4899", 1_549, 1_549),
    Merchant("SPOTIFY USA 877-778-1161 NY", "Spotify", "5815", 1_199, 1_199),
    Merchant("APPLE.COM/BILL 866-712-7753 CA", "Apple", "5818", 299, 299),
    Merchant("PLANFIT GYM {city} {st}", "Planfit Gym", "7997", 2_499, 2_499),
    Merchant("NYTIMES*NYTimes Disc 800-698-4637 NY", "The New York Times", "5968", 1_700, 1_700),
    Merchant("BACKBLAZE.COM 650-352-3738 CA", "Backblaze", "5817", 900, 900),
    Merchant("ADOBE *PHOTOGPHY PLAN 408-536-6000 CA", "Adobe", "5734", 999, 999),
)


class Bill(NamedTuple):
    """A utility that draws by ACH: descriptor with an {id}, clean name, a usual amount and how it varies."""

    descriptor: str
    name: str
    usual: int
    varies: int


UTILITIES = (
    Bill("TRI-COUNTY ELECTRIC DES:ELEC PYMT ID:{id10} WEB", "Tri-County Electric", 11_800, 4_600),
    Bill("ELMHAVEN WATER & SEWER DES:UTIL PMT ID:{id7} PPD", "Elmhaven Water & Sewer", 6_400, 1_100),
    Bill("COMCAST {id8} DES:CABLE SVCS ID:{id7} WEB", "Comcast", 7_999, 0),
    Bill("VERIZON WIRELESS DES:PAYMENTS ID:{id10} PPD", "Verizon Wireless", 9_240, 350),
)

FRIENDS = ("Maya K", "Theo Brandt", "Ximena R", "Gus Okafor", "Rina Patel", "Coach Delgado")

CHECK_PAYEES = ("Elmhaven Youth Soccer", "Ada's Lawn Care", "Trinity Piano Studio", "Rosewood HOA", "Marcy Dunn")
