"""Institutions on the Nexus wire: search, read, what they ask for, and the old CSV download."""

import csv
import io
from typing import Annotated

import msgspec

from fanlight.api.nexus.kit import PAGE, Call, Param, Raw, Reply, Route, shown
from fanlight.base.errors import Malformed, MissingParams
from fanlight.base.paging import Paged
from fanlight.core import institution_search, institutions
from fanlight.core.institution_search import Wanted
from fanlight.core.institutions import Institution as CoreInstitution

Query = Annotated[str, msgspec.Meta(max_length=200)]


class Institution(msgspec.Struct):
    code: str
    created_at: str | None
    forgot_password_url: str | None
    forgot_username_url: str | None
    guid: str
    has_checking_accounts: bool
    has_credit_card_accounts: bool
    has_investment_accounts: bool
    has_line_of_credit_accounts: bool
    has_loan_accounts: bool
    has_mortgage_accounts: bool
    has_savings_accounts: bool
    is_disabled_by_client: bool
    is_hidden: bool
    is_test: bool
    iso_country_code: list[str]
    medium_logo_url: str | None
    name: str
    popularity: int
    small_logo_url: str | None
    supports_account_identification: bool
    supports_account_verification: bool
    supports_oauth: bool
    supports_transaction_history: bool
    trouble_signing_in_url: str | None
    updated_at: str | None
    url: str | None


class PaginationData(msgspec.Struct):
    """The names that a recorded answer of 2021 has for the same facts."""

    total_records_found: int
    total_pages: int
    current_page: int
    records_on_current_page: int


class SearchBody(msgspec.Struct):
    name: Query | None = None
    url: Query | None = None
    supports_account_identification: bool | None = None
    supports_account_verification: bool | None = None
    supports_transaction_history: bool | None = None


COUNTRIES = ("US", "CA", "MX")
_EVERYWHERE = ("has_checking_accounts", "has_savings_accounts", "has_credit_card_accounts")
_AGGREGATED = ("has_investment_accounts", "has_line_of_credit_accounts", "has_loan_accounts", "has_mortgage_accounts")
_CSV_COLUMNS = (
    ("guid", "name", "instructions", "created_at", "updated_at", "url", "popularity", "is_hidden")
    + ("has_checking_accounts", "has_savings_accounts", "has_loan_accounts", "has_credit_card_accounts")
    + ("has_investment_accounts", "has_line_of_credit_accounts", "has_mortgage_accounts")
    + ("external_guid", "medium_logo_url", "small_logo_url")
)


def search(call: Call) -> Reply:
    """Institutions by name or URL, best first. Both pagination objects that clients know stand beside the list."""
    wanted = call.body("institution", SearchBody)
    if wanted.name is None and wanted.url is None:
        raise MissingParams("name or url")
    asked = Wanted(wanted.name or "", wanted.url or "", _countries(call), _supports(wanted))
    found = institution_search.find(call.unit, asked, call.page)
    page = Paged([wire(institution) for institution in found.items], found.page, found.total)
    return Reply(200, page, {"pagination_data": _older(found)})


def read(call: Call) -> Institution:
    return wire(institutions.read(call.unit, call.user_id, call.params["institution_guid"]))


def download(call: Call) -> Raw:
    """Every institution that is on offer as CSV, the deprecated way to know them all."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_CSV_COLUMNS)
    for institution in institutions.list_all(call.unit):
        entry = wire(institution)
        writer.writerow([_cell(getattr(entry, column, None)) for column in _CSV_COLUMNS])
    attachment = (b"content-disposition", b'attachment; filename="institutions.csv"')
    return Raw(text.getvalue().encode(), (attachment,))


def wire(institution: CoreInstitution) -> Institution:
    aggregates = institution.protocol != "none"
    return shown(
        Institution,
        institution,
        **dict.fromkeys(_EVERYWHERE, True),
        **dict.fromkeys(_AGGREGATED, aggregates),
        is_disabled_by_client=False,
        iso_country_code=[institution.country],
        medium_logo_url=None,
        small_logo_url=None,
    )


def _supports(wanted: SearchBody) -> tuple[str, ...]:
    """What the institutions must be able to do; false asks for nothing, as if it were not there."""
    asked = {
        "identification": wanted.supports_account_identification,
        "verification": wanted.supports_account_verification,
        "history": wanted.supports_transaction_history,
    }
    return tuple(name for name, is_asked in asked.items() if is_asked)


def _countries(call: Call) -> tuple[str, ...]:
    """The countries to look in, repeated or with commas; none means all."""
    given = ",".join(call.query.all("iso_country_code[]", "iso_country_code")).upper().split(",")
    countries = tuple(dict.fromkeys(country.strip() for country in given if country.strip()))
    if not set(countries) <= set(COUNTRIES):
        raise Malformed(f"iso_country_code must be one of {', '.join(COUNTRIES)}.")
    return countries


def _older(found: Paged[CoreInstitution]) -> PaginationData:
    return PaginationData(found.total, found.pages, found.page.number, len(found.items))


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


ROUTES = (
    Route(
        "institutions", "POST", "/institutions/search", search, "Search institutions", "institutions", Institution,
        many=True, paged=True, beside=(("pagination_data", PaginationData),), takes=SearchBody, body_root="institution",
        query=(Param("iso_country_code[]", "US, CA or MX; may be repeated. Without it all countries."), *PAGE),
        errors=(400, 401), reads=True,
        note="Answers pagination and pagination_data: the documentation and a recorded answer differ.",
    ),
    Route(
        "institutions", "GET", "/institutions/{institution_guid}", read, "Read an institution",
        "institution", Institution,
    ),
    Route(
        "institutions", "GET", "/institutions", download, "Download all institutions as CSV", media="text/csv",
        errors=(401,), reads=True, deprecated=True, note="text/csv; the content type is our choice.",
    ),
)  # fmt: skip
