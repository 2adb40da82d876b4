"""The simulated world: people by brand and user name, kept while they are wanted, and rebuilt alike afterwards."""

from collections import OrderedDict
from collections.abc import Iterable

from fanlight.bank.brands import OTHERS, Brand, ofx_brand
from fanlight.bank.sealing import derive
from fanlight.bank.world.household import Household
from fanlight.bank.world.ledger import Ledger
from fanlight.bank.world.market import Market
from fanlight.bank.world.people import Person

_PEOPLE = 4096
_LEDGERS = 32


class World:
    """Everything at the bank that is not a session: who the customers are and what they did."""

    def __init__(self, seed: int, brands: Iterable[Brand]) -> None:
        self.market = Market(derive(seed, "market"))
        self._seed = seed
        self._brands = {brand.code: brand for brand in brands}
        self._people: OrderedDict[tuple[str, str], Person] = OrderedDict()
        self._ledgers: OrderedDict[tuple[str, str], Ledger] = OrderedDict()

    def person(self, brand: str, username: str) -> Person:
        key = brand, username
        person = self._people.get(key)
        if person is None:
            person = self._people[key] = Person(self._seed, self._brand(brand), username)
            if len(self._people) > _PEOPLE:
                self._people.popitem(last=False)
        self._people.move_to_end(key)
        return person

    def ledger(self, brand: str, username: str) -> Ledger:
        key = brand, username
        ledger = self._ledgers.get(key)
        if ledger is None:
            ledger = self._ledgers[key] = Ledger(Household(self.person(brand, username), self.market))
            if len(self._ledgers) > _LEDGERS:
                self._ledgers.popitem(last=False)
        self._ledgers.move_to_end(key)
        return ledger

    def _brand(self, code: str) -> Brand:
        """A brand of either kind; raises KeyError for a code that the bank does not have."""
        found = self._brands.get(code) or OTHERS.get(code) or ofx_brand(code)
        if found is None:
            raise KeyError(code)
        return found
