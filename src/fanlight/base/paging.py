"""Pages: the wire's rules for `page` and `records_per_page`."""

from typing import Generic, NamedTuple, TypeVar

DEFAULT_SIZE = 25
SMALLEST = 10
LARGEST = 1000

T = TypeVar("T")


class Page(NamedTuple):
    """A page asked for: its number from 1 and its size in records."""

    number: int = 1
    size: int = DEFAULT_SIZE

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


class Paged(NamedTuple, Generic[T]):
    """One page of a list, and how many records the list has."""

    items: list[T]
    page: Page
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.page.size))


def read_page(number: str | None, size: str | None) -> Page:
    """A page from query texts: numbers below 1 and text count as 1, sizes out of 10..1000 as 25."""
    return Page(_number(number), _size(size))


def _number(text: str | None) -> int:
    number = _whole(text)
    return number if number is not None and 1 <= number <= 10**9 else 1


def _size(text: str | None) -> int:
    size = _whole(text)
    return size if size is not None and SMALLEST <= size <= LARGEST else DEFAULT_SIZE


def _whole(text: str | None) -> int | None:
    if text is None or len(text) > 12 or not (text.isascii() and text.isdecimal()):
        return None
    return int(text)
