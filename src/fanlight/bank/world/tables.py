"""Invented people and places of the simulated world; cities are real, everybody in them is not."""

from typing import NamedTuple


class City(NamedTuple):
    """A place to live: its name as card networks write it (13 characters), state, ZIP code and area code."""

    name: str
    state: str
    postal_code: str
    area_code: str

    @property
    def short(self) -> str:
        return self.name.upper()[:13]


FIRST_NAMES = (
    "Adaeze", "Alma", "Anders", "Beatriz", "Boyd", "Carmela", "Cyrus", "Dalia", "Desmond", "Edith", "Emeka", "Farah",
    "Felix", "Greta", "Hollis", "Imani", "Ines", "Jasper", "Jun", "Kavya", "Lars", "Leona", "Malik", "Marisol",
    "Nadia", "Omar", "Opal", "Priya", "Quentin", "Rosalind", "Ruben", "Saoirse", "Silas", "Tamsin", "Tomas", "Ursula",
    "Vikram", "Wanda", "Xiomara", "Yusuf",
)  # fmt: skip

LAST_NAMES = (
    "Abernathy", "Achterberg", "Balogun", "Birdsong", "Castellanos", "Dunmore", "Eklund", "Fairweather", "Galloway",
    "Haddad", "Ishikawa", "Jankowski", "Kettleman", "Lindqvist", "Marchetti", "Nakagawa", "Okonjo", "Pemberton",
    "Quillfeather", "Rasmussen", "Sandoval", "Thistlewood", "Underhill", "Vasquez", "Whitlock", "Yarborough", "Zelenko",
)  # fmt: skip

CITIES = (
    City("Portland", "OR", "97214", "503"),
    City("Columbus", "OH", "43215", "614"),
    City("Tucson", "AZ", "85719", "520"),
    City("Raleigh", "NC", "27601", "919"),
    City("Minneapolis", "MN", "55408", "612"),
    City("San Antonio", "TX", "78209", "210"),
    City("Pittsburgh", "PA", "15217", "412"),
    City("Boise", "ID", "83702", "208"),
    City("Grand Rapids", "MI", "49506", "616"),
    City("Sacramento", "CA", "95816", "916"),
    City("Chattanooga", "TN", "37405", "423"),
    City("Fort Collins", "CO", "80524", "970"),
)

STREETS = (
    "Alder Hollow Rd", "Bellwether Ave", "Cinder Lane", "Dovetail Ct", "Evensong St", "Ferry Landing Dr",
    "Gristmill Way", "Halfmoon Ave", "Juniper Bend", "Kestrel Pl", "Lanternlight Ln", "Millrace St",
    "Orchard Gate Rd", "Quarry Path",
)  # fmt: skip

EMPLOYERS = (
    ("NORTHGATE LOGIST", "Northgate Logistics"),
    ("HALCYON MED GRP", "Halcyon Medical Group"),
    ("TALLGRASS SW INC", "Tallgrass Software"),
    ("BRIGHTWATER USD", "Brightwater Unified School District"),
    ("IRONWOOD MFG CO", "Ironwood Manufacturing"),
    ("CTY OF ELMHAVEN", "City of Elmhaven"),
    ("PINECREST FOODS", "Pinecrest Foods"),
    ("MERIDIAN ARCH LL", "Meridian Architects"),
)


class Security(NamedTuple):
    """Something to invest in: its price in cents on the first day of 2020 and how it moves."""

    symbol: str
    cusip: str
    name: str
    kind: str
    price: int
    growth: int  # hundredths of a percent a year
    swing: int  # how far it strays from its growth, in hundredths of a percent
    dividend: int  # a quarter's dividend, in hundredths of a percent of the price


# CUSIP issuers 99x are for private use: nobody's securities, with valid check digits.
SECURITIES = (
    Security("FLTMX", "99F1A0102", "Fanlight Total Market Index Fund", "MUTUALFUND", 8_150, 780, 900, 35),
    Security("FLINX", "99F1B0101", "Fanlight International Index Fund", "MUTUALFUND", 5_240, 460, 1_000, 60),
    Security("FLBDX", "99F1C0100", "Fanlight Core Bond Fund", "MUTUALFUND", 1_118, 60, 260, 85),
    Security("KELP", "99K2D1109", "Kelp & Kin Foods Inc", "STOCK", 4_390, 540, 1_900, 55),
    Security("TGSW", "99T3E1107", "Tallgrass Software Corp", "STOCK", 11_260, 1_350, 2_600, 0),
    Security("NGLX", "99N4F1100", "Northgate Logistics Inc", "STOCK", 6_725, 620, 1_700, 45),
    Security("HLMD", "99H5G1103", "Halcyon Medical Holdings", "STOCK", 9_480, 450, 1_500, 70),
)
