"""The default categories: the same guids in every installation.

The guids of the top level and of part of the children are the documented ones; those of the other children are ours,
written down here for good. Names, tree and keys follow the reference sheet of categories.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Category(NamedTuple):
    """A category; `key` is its name on faces that have no guids, `parent_guid` is None on the top level."""

    guid: str
    name: str
    parent_guid: str | None
    is_income: bool
    key: str


_TREE: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "CAT-7829f71c-2e8c-afa5-2f55-fa3634b89874",
        "Auto & Transport",
        (
            ("CAT-de7c2dc7-90e6-85a2-6509-5ec10942e887", "Auto Insurance"),
            ("CAT-cb93691a-684d-b326-4c32-f8abaecfde90", "Auto Payment"),
            ("CAT-b6d63a19-30a7-e852-2703-bdfb4072289e", "Gas"),
            ("CAT-726da718-d572-1e4d-7c3f-0b8b5370fe71", "Parking"),
            ("CAT-19e6ec13-83ed-5511-7f75-3688d3f97a8e", "Public Transportation"),
            ("CAT-67a20fb1-1a61-dc27-3fff-f28fa904025f", "Service & Parts"),
        ),
    ),
    (
        "CAT-79b02f2f-2adc-88f0-ac2b-4e71ead9cfc8",
        "Bills & Utilities",
        (
            ("CAT-e7c5ebc7-f73d-955a-db06-3724bbcf6faa", "Domain Names"),
            ("CAT-5f7f2084-6f8a-d927-6fa7-8e699912432a", "Fraud Protection"),
            ("CAT-60d81dd3-8ac1-a6fb-b181-b736dbb42be3", "Home Phone"),
            ("CAT-b74fdd98-4391-8015-eafa-e9ca0fad3bee", "Hosting"),
            ("CAT-78d29c63-54db-197d-9851-feeb94cf6e10", "Internet"),
            ("CAT-b4789667-6acc-a112-975e-15746003ed61", "Mobile Phone"),
            ("CAT-b316e683-c898-6497-a476-6bc48d12e51d", "Television"),
            ("CAT-56a2979d-d6df-25da-f357-06282f08208e", "Utilities"),
        ),
    ),
    (
        "CAT-94b11142-e97b-941a-f67f-6e18d246a23f",
        "Business Services",
        (
            ("CAT-e6682ebe-f239-c654-8233-0970b94cc162", "Advertising"),
            ("CAT-13c1e57c-3749-41b4-3bc4-b1b334adab85", "Legal"),
            ("CAT-97a2b899-5a32-4196-b87c-a8e65d8a9849", "Office Supplies"),
            ("CAT-3b09fb0b-3296-c76c-2bbd-a2bce0012d83", "Printing"),
            ("CAT-748efd05-e27a-5c79-1217-681a0ec5cc67", "Shipping"),
        ),
    ),
    (
        "CAT-bf5c9cca-c96b-b50d-440d-38d9adfda5b0",
        "Education",
        (
            ("CAT-167d816f-c68e-9988-e064-173dc6417a90", "Books & Supplies"),
            ("CAT-2ce4972e-5620-57be-8475-d084edf88888", "Student Loan"),
            ("CAT-6e14c45c-4fe2-5269-b3b9-4b73a36518d0", "Tuition"),
        ),
    ),
    (
        "CAT-e04e9d1e-e041-c315-2e50-094143ab3f73",
        "Entertainment",
        (
            ("CAT-5ab515a4-ca50-54b4-979f-25599546740f", "Amusement"),
            ("CAT-c683cf68-dfe5-594b-8a41-1404db83c6a6", "Arts"),
            ("CAT-b090e13b-6c84-59aa-b211-ce9386b6abf0", "Movies & DVDs"),
            ("CAT-ba64433e-e04e-55af-b205-1a41e6592bb2", "Music"),
            ("CAT-85321aaa-6a14-59f0-8039-be82d7e14c7d", "Newspapers & Magazines"),
        ),
    ),
    (
        "CAT-d73ee74b-13a4-ac3e-4015-fc4ba9a62b2a",
        "Fees & Charges",
        (
            ("CAT-ab2d5d5d-43e0-5264-9834-e25342192bf4", "ATM Fee"),
            ("CAT-9c73372e-bfeb-55f0-8243-903e9ecfae83", "Banking Fee"),
            ("CAT-1e9efdb6-10c9-5dba-bcf3-a1d9cec9d485", "Finance Charge"),
            ("CAT-145017f5-1328-5767-b81e-c11ac971721d", "Late Fee"),
            ("CAT-da9bda44-f717-5a80-a077-6e8ec02a3bea", "Service Fee"),
            ("CAT-0d2f2fc0-2a57-5221-82d4-8235708d9e06", "Trade Commissions"),
        ),
    ),
    (
        "CAT-6c7de3f8-de6c-7061-1dd2-b093044014bf",
        "Financial",
        (
            ("CAT-c50468b4-15e3-562e-881c-b63b0c4355f7", "Financial Advisor"),
            ("CAT-0192a6ec-52ef-5487-942f-2fdf3bb24c59", "Life Insurance"),
        ),
    ),
    (
        "CAT-bd56d35a-a9a7-6e10-66c1-5b9cc1b6c81a",
        "Food & Dining",
        (
            ("CAT-9d58b17b-0982-18b5-5a6e-8a76337c4f88", "Alcohol & Bars"),
            ("CAT-0eec4049-562d-5062-94c0-31882e72c09b", "Coffee Shops"),
            ("CAT-b078a372-14fc-583a-9d30-085deba8f6fc", "Fast Food"),
            ("CAT-502dc592-a74b-5f2b-8b6b-ebc690d825c0", "Groceries"),
            ("CAT-bb7ec348-3f21-565b-a5ca-361dfdb87916", "Restaurants"),
        ),
    ),
    (
        "CAT-8edf9663-623e-4735-490e-31288f0a70b0",
        "Gifts & Donations",
        (
            ("CAT-89501c5e-6423-5e69-8e2e-a6d4b9caed90", "Charity"),
            ("CAT-7189b336-25e2-5df6-b612-fc41097a623f", "Gift"),
        ),
    ),
    (
        "CAT-52fa4693-c088-afb2-2a99-7bc39bb23a0f",
        "Health & Fitness",
        (
            ("CAT-87cb6e62-77d2-5629-b8c5-5e1b0ba84660", "Dentist"),
            ("CAT-c2a5c608-7308-509c-85d9-2ab072271171", "Doctor"),
            ("CAT-f9f00598-02fe-59e2-8ade-d2ed0a4449b2", "Eyecare"),
            ("CAT-80e0f767-4da3-559f-97c6-f71265e8b0ab", "Gym"),
            ("CAT-4ec5bb0e-9fe5-5ef9-94ff-7078d1f651e1", "Health Insurance"),
            ("CAT-f93bafb3-f505-5650-aaad-1f481b8a072f", "Pharmacy"),
            ("CAT-5122c503-5f14-50d6-8ab0-bc49d107f41c", "Sports"),
        ),
    ),
    (
        "CAT-b709172b-4eb7-318e-3b5d-e0f0500b32ac",
        "Home",
        (
            ("CAT-e476572c-2aa6-5b91-9eba-d59c8a938fc1", "Furnishings"),
            ("CAT-1fce9a2b-bd40-56b7-bef3-1e02f8747d58", "Home Improvement"),
            ("CAT-dafae838-6b34-51c0-bd78-0f4972439178", "Home Insurance"),
            ("CAT-8a99f4bb-7883-5d64-9463-438c0d271e15", "Home Services"),
            ("CAT-103c3675-ea8c-54e6-859b-9b483792080e", "Home Supplies"),
            ("CAT-6ec8a1e6-49cf-5083-944c-5e2d800c26f3", "Lawn & Garden"),
            ("CAT-0dea31d2-94e1-5d39-8c44-0769a7f66176", "Mortgage & Rent"),
        ),
    ),
    (
        "CAT-bf9f3294-4c40-1677-d269-54fbc189faf3",
        "Income",
        (
            ("CAT-656094c8-ee87-56c6-807f-0c71e44727a4", "Bonus"),
            ("CAT-ba4337c4-cca3-53f5-982c-472db375a27c", "Interest Income"),
            ("CAT-982ea9e6-3f0e-0c5b-611b-6657a10ba819", "Paycheck"),
            ("CAT-4b2f3f75-25a5-54b3-b454-9173e19268fb", "Reimbursement"),
            ("CAT-2c8dc886-0ee8-549b-aaba-6edb195c9fc2", "Rental Income"),
            ("CAT-f6d1e37a-a7e4-5735-b204-4f36560725ca", "Returned Purchase"),
        ),
    ),
    (
        "CAT-ccd42390-9e8c-3fb6-a5d9-6c31182d9c5c",
        "Investments",
        (
            ("CAT-aa6039c0-b3ba-5cb3-9faa-778b202d5d94", "Buy"),
            ("CAT-eff1eab3-efe7-5f91-a88e-c7031e0a6342", "Deposit"),
            ("CAT-3b79aade-af16-5b2a-b3f0-b62f3156795a", "Dividend & Cap Gains"),
            ("CAT-40609abd-cabe-5102-a79e-4877db5314d1", "Sell"),
            ("CAT-d7263f27-4e9d-554d-abf2-b36306ae2d2f", "Withdrawal"),
        ),
    ),
    (
        "CAT-0cb1d99d-f558-99e3-2282-b31f359b411a",
        "Kids",
        (
            ("CAT-e943e753-9601-5cab-ac7f-c6b9165ad78c", "Allowance"),
            ("CAT-22969829-8272-5046-8f55-8e5c9d534b92", "Baby Supplies"),
            ("CAT-18ac3e7f-52bb-5c93-96a3-a31e6e837c0d", "Babysitter & Daycare"),
            ("CAT-1a2986ac-3fbc-5ba8-a552-e65aff384c63", "Child Support"),
            ("CAT-d76a7498-c965-5f4d-8948-f91570122310", "Kids Activities"),
            ("CAT-8af40286-b08a-52c8-b7a9-a62c5c763c64", "Toys"),
        ),
    ),
    (
        "CAT-e5154228-fe45-790d-a280-f6bf5ae5ac9f",
        "Personal Care",
        (
            ("CAT-ccbab5db-b083-5a7c-af30-7939e076f0c6", "Hair"),
            ("CAT-e75ded1f-c267-5261-bf6d-f48b5b7c1fd6", "Laundry"),
            ("CAT-c00d1a4a-c52b-5c91-a208-cb119dffa5a4", "Spa & Massage"),
        ),
    ),
    (
        "CAT-7cccbafa-87d7-c9a6-661b-8b3402fe9e78",
        "Pets",
        (
            ("CAT-990df678-a205-59c7-ba51-b9b299b2efa7", "Pet Food & Supplies"),
            ("CAT-03f4d2ed-360d-513e-b069-6ecf46e5586b", "Pet Grooming"),
            ("CAT-25361d8f-1d2f-598d-b73e-2e8017d371f9", "Veterinary"),
        ),
    ),
    (
        "CAT-aad51b46-d6f7-3da5-fd6e-492328b3023f",
        "Shopping",
        (
            ("CAT-718b94c1-a2e9-5cc7-99e8-fd0bfbf98bbc", "Books"),
            ("CAT-4888a7fe-2a30-5a79-8d1c-6eb27be88012", "Clothing"),
            ("CAT-3894237e-82e3-5286-a12d-cdd732afe78a", "Electronics & Software"),
            ("CAT-b32260c2-637d-50de-aabc-e20f49afb403", "Hobbies"),
            ("CAT-9caed794-12ce-5afe-a9a5-ac21d26c6ff5", "Sporting Goods"),
        ),
    ),
    (
        "CAT-d00fc539-aa14-009b-4ffb-7e8c7b839954",
        "Taxes",
        (
            ("CAT-83592766-b659-5ea9-9c46-934768817ae6", "Federal Tax"),
            ("CAT-41d2fc07-e98a-562d-8f82-108cc7f41d0f", "Local Tax"),
            ("CAT-ea632ae8-647c-5be6-a68e-70d20271eeb0", "Property Tax"),
            ("CAT-240bab05-b0dd-5e88-8897-46aff40c6c31", "Sales Tax"),
            ("CAT-e2bf99cb-c73b-54d6-b177-afcd14a208c9", "State Tax"),
        ),
    ),
    (
        "CAT-bce48142-fea4-ff45-20d9-0a642d44de83",
        "Transfer",
        (
            ("CAT-9e9778f6-1d80-5a0a-b4b4-32d78dbe0f4d", "Credit Card Payment"),
            ("CAT-0d4ac83b-afd5-5fe2-b9d8-f40b3526bdeb", "Mortgage Payment"),
            ("CAT-f1ce643d-1a33-5f55-9b92-1c850248e9d7", "Transfer for Cash Spending"),
        ),
    ),
    (
        "CAT-ea23d844-cbd1-eb10-f6ac-0df9610e59ae",
        "Travel",
        (
            ("CAT-5219dbc3-57f2-5879-8505-27b149773dce", "Air Travel"),
            ("CAT-713bb7e1-9e20-5510-885b-d5ba61b0d766", "Hotel"),
            ("CAT-0d9df48d-6fbe-560f-91db-99e59d9bda55", "Rental Car & Taxi"),
            ("CAT-2effc36e-fc6e-59cf-a256-8a40b9aa80e3", "Vacation"),
        ),
    ),
    (
        "CAT-d7851c65-3353-e490-1953-fb9235e681e4",
        "Uncategorized",
        (
            ("CAT-08a5d861-2890-686e-ebaf-d7632ec88540", "Cash"),
            ("CAT-827eab2f-1cd5-57a5-8c3b-5d45a7b6f9ec", "Check"),
        ),
    ),
)


def _key(name: str) -> str:
    letters = "".join(character if character.isalnum() else " " for character in name.upper())
    return "_".join(letters.split())


def _family(guid: str, name: str, children: tuple[tuple[str, str], ...]) -> list[Category]:
    is_income = name == "Income"
    family = [Category(guid, name, None, is_income, _key(name))]
    return family + [Category(child, called, guid, is_income, _key(called)) for child, called in children]


DEFAULTS: tuple[Category, ...] = tuple(category for top in _TREE for category in _family(*top))
BY_GUID: Mapping[str, Category] = {category.guid: category for category in DEFAULTS}
BY_KEY: Mapping[str, Category] = {category.key: category for category in DEFAULTS}

UNCATEGORIZED = BY_KEY["UNCATEGORIZED"].guid
TRANSFER = BY_KEY["TRANSFER"].guid
INVESTMENTS = BY_KEY["INVESTMENTS"].guid
FEES_CHARGES = BY_KEY["FEES_CHARGES"].guid
INCOME = BY_KEY["INCOME"].guid
PAYCHECK = BY_KEY["PAYCHECK"].guid
RETURNED_PURCHASE = BY_KEY["RETURNED_PURCHASE"].guid
CASH = BY_KEY["CASH"].guid
CHECK = BY_KEY["CHECK"].guid


def top_level(guid: str) -> Category:
    """The category at the top of a default category's branch; raises KeyError for any other."""
    category = BY_GUID[guid]
    return category if category.parent_guid is None else BY_GUID[category.parent_guid]
