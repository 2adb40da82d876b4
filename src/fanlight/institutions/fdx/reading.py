"""Reads FDX documents with one grant: one, or every page of a list, whichever way the provider counts its pages."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode, urljoin
from uuid import uuid4

from fanlight.institutions import addresses
from fanlight.institutions.addresses import BadAddress
from fanlight.institutions.answers import Reply, Said, Saying
from fanlight.institutions.fdx import translate
from fanlight.institutions.fdx.details import FdxDetails
from fanlight.institutions.fdx.refusals import NothingThere, RangeRefused, refusal
from fanlight.institutions.line import Line
from fanlight.institutions.port import Access, Limits

log = logging.getLogger(__name__)

R = TypeVar("R")
Read = Callable[[dict[str, Any]], R]


class Page(NamedTuple):
    """One page: what could be read of it, and where the list goes on."""

    items: list[Any]
    size: int
    """How many entries there were."""
    first: dict[str, Any] | None
    link: str | None
    cursor: tuple[str, str] | None


class Listing(NamedTuple):
    """A list to read: under which name its entries come, how each is read, and how many are too many."""

    path: str
    query: Mapping[str, str]
    name: str
    read: Read[Any]
    most: int


class Reader:
    """One run's reads with one grant."""

    def __init__(self, details: FdxDetails, line: Line, limits: Limits, access: Access) -> None:
        self._details = details
        self._line = line
        self._limits = limits
        self._access = access

    async def one(self, path: str, read: Read[R]) -> R:
        """One document, decoded and translated in a thread. Raises Said."""
        return await self._get(self._url(path), read)

    async def every(self, listing: Listing) -> list[Any]:
        """Every entry of every page. A cursor seen before, too many pages or records end the run, never loop it."""
        query = {**listing.query, "limit": str(self._details.page_size)}
        counts = self._details.paging == "offset"
        url: str | None = self._url(listing.path, {**query, "offset": "0"} if counts else query)
        seen: set[str] = set()
        found: list[Any] = []
        sizes: list[int] = []
        before: Page | None = None
        while url is not None:
            if url in seen or len(seen) >= self._limits.max_pages:
                raise Said(Saying.TOO_MUCH, f"{listing.name} do not end")
            seen.add(url)
            page = await self._page(url, listing, is_first=not sizes)
            if counts and _ends(page, before, sizes):
                page = page._replace(items=[] if _is_repeated(page, before) else page.items, size=0)
            found += page.items
            sizes.append(page.size)
            if len(found) > listing.most:
                raise Said(Saying.TOO_MUCH, f"more than {listing.most} {listing.name}")
            url = self._counted(page, sizes, listing, query) if counts else self._next(page, url, listing, query)
            before = page
        return found

    async def _page(self, url: str, listing: Listing, *, is_first: bool) -> Page:
        try:
            return await self._get(url, partial(_page, listing=listing))
        except NothingThere:
            return Page([], 0, None, None, None)
        except RangeRefused as said:
            if is_first:
                raise
            # A list that began was not refused for its range: a shorter one would not bring the rest of it.
            raise Said(said.saying, f"{listing.name} break off: {said.detail}") from said

    def _counted(self, page: Page, sizes: list[int], listing: Listing, query: Mapping[str, str]) -> str | None:
        if page.size == 0:
            return None
        return self._url(listing.path, {**query, "offset": str(sum(sizes))})

    def _next(self, page: Page, url: str, listing: Listing, query: Mapping[str, str]) -> str | None:
        if page.link:
            return self._same_origin(url, page.link)
        if page.cursor:
            name, value = page.cursor
            return self._url(listing.path, {**query, name: value})
        return None

    def _same_origin(self, url: str, link: str) -> str:
        """A link may lead nowhere else: the token goes with it."""
        try:
            joined = urljoin(url, link)
            target, own = addresses.read_url(joined), addresses.read_url(self._details.base_url)
        except (BadAddress, ValueError) as error:
            raise Said(Saying.GIBBERISH, "a page link that is no address") from error
        if target[:3] != own[:3]:
            raise Said(Saying.GIBBERISH, "a page link leads to another origin")
        return joined

    def _url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        base = self._details.base_url.rstrip("/") + path
        return f"{base}?{urlencode(query)}" if query else base

    async def _get(self, url: str, read: Read[R]) -> R:
        headers = {"x-fapi-interaction-id": str(uuid4()), "fdx-api-actor-type": "BATCH"}
        reply = await self._access.request("GET", url, headers)
        if reply.status == 204:
            raise NothingThere(Saying.GIBBERISH, "HTTP 204 where a document was asked for")
        if reply.status not in (200, 206):
            raise refusal(reply)
        if reply.status == 206:
            log.warning("the institution gave a part of what was asked for (206)")
        return await self._line.work(partial(_translated, reply, read))


def _ends(page: Page, before: Page | None, sizes: list[int]) -> bool:
    """Whether a counted list ends with this page: it is empty, shorter than the first, or the one before again."""
    return page.size == 0 or _is_repeated(page, before) or bool(sizes and page.size < sizes[0])


def _is_repeated(page: Page, before: Page | None) -> bool:
    """A provider that takes no notice of the offset gives its first page for ever."""
    return before is not None and page.first is not None and page.first == before.first


def _translated(reply: Reply, read: Read[R]) -> R:
    document = reply.json()
    if not isinstance(document, dict):
        raise Said(Saying.GIBBERISH, "the answer is not an object")
    return read(document)


def _page(document: Mapping[str, Any], *, listing: Listing) -> Page:
    """A page's entries, and what leads to the next one. One that cannot be read is left out; if none can, all is said.

    Raises Said.
    """
    items: list[Any] = []
    entries = list(translate.entries(document, listing.name))
    fault: Said | None = None
    for entry in entries:
        try:
            items.append(listing.read(entry))
        except Said as said:
            fault = said
    if fault is not None:
        if not items:
            raise fault
        log.warning("%s of %s %s are left out: %s", len(entries) - len(items), len(entries), listing.name, fault)
    return Page(items, len(entries), entries[0] if entries else None, *translate.next_page(document))
