"""Writes the brand table that ships with enrichment from the package name-suggestion-index (BSD-3-Clause).

    npm pack name-suggestion-index && tar xzf name-suggestion-index-*.tgz
    python -m tools.brands package

Brands of North America, Britain, Ireland, Australia, New Zealand, western Europe and the whole world are taken. Brands
of one Wikidata item whose names begin alike are one merchant; where a tag of it means another category (a pharmacy in
a supermarket), its alias says so.
"""

import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fanlight.enrichment.spelling import compact
from fanlight.enrichment.tables import listed
from tools.osm_categories import CATEGORY_OF, FIRST

TARGET = Path("src/fanlight/enrichment/data/brands.tsv")
HEAD = "# Brands from name-suggestion-index {version} (BSD-3-Clause), written by tools/brands.py\n"
ENGLISH = {"001", "us", "ca", "gb", "au", "nz", "ie", "021", "019", "003"}
EUROPE = {
    "150",
    "155",
    "154",
    "039",
    "fx",
    "fr",
    "de",
    "es",
    "it",
    "nl",
    "be",
    "at",
    "ch",
    "pt",
    "se",
    "no",
    "dk",
    "fi",
}
FORMATS = listed("chain-formats")
"""What a chain adds to its name for one kind of its shops."""
LONGEST = 40
"""Longer aliases are slogans and addresses."""


class Brand(NamedTuple):
    """One item of the index."""

    id: str
    name: str
    tag: str
    wikidata: str
    aliases: tuple[str, ...]
    rank: int


def main() -> int:
    package = Path(sys.argv[1])
    index = _read(package / "dist/json/nsi.min.json")["nsi"]
    facts = _read(package / "dist/wikidata/wikidata.min.json")["wikidata"]
    version = _read(package / "package.json")["version"]
    lines = sorted(_line(family, facts) for family in _families(_brands(index)))
    TARGET.write_text(HEAD.format(version=version) + "".join(lines), encoding="utf-8")
    print(f"{TARGET}: {len(lines)} merchants, {TARGET.stat().st_size} bytes")
    return 0


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _brands(index: dict[str, Any]) -> Iterator[Brand]:
    for path, found in index.items():
        kind, _, tag = path.partition("/")
        if kind == "brands" and tag in CATEGORY_OF:
            yield from (brand for item in found["items"] if (brand := _brand(item, tag)))


def _brand(item: dict[str, Any], tag: str) -> Brand | None:
    rank = _rank(item["locationSet"].get("include", []))
    tags = item["tags"]
    names = [_plain(name) for name in (item["displayName"], tags.get("name:en"), tags.get("brand:en")) if name]
    name = next((name for name in names if _is_latin(name)), None)
    if rank is None or name is None:
        return None
    wanted = ("name", "brand", "short_name", "alt_name", "official_name", "operator")
    others = [*item.get("matchNames", ()), *(tags[key] for key in wanted if key in tags and key != "operator")]
    aliases = (_plain(alias) for joined in others for alias in joined.split(";"))
    kept = {alias for alias in aliases if _is_latin(alias) and len(alias) <= LONGEST and alias != name}
    return Brand(item["id"], name, tag, tags.get("brand:wikidata", ""), tuple(sorted(kept)), rank)


def _rank(places: Iterable[Any]) -> int | None:
    """0 for brands of the United States or the world, 1 for those of other lands that speak English, 2 for Europe."""
    codes = {place.partition(".")[0].lower() for place in places if isinstance(place, str)}
    lands = {code.partition("-")[0] for code in codes}
    if lands & {"us", "001", "021"} or (not codes and places):
        return 0
    if lands & ENGLISH:
        return 1
    return 2 if codes & EUROPE else None


def _plain(name: str) -> str:
    return " ".join(re.sub(r"\s*\([^)]*\)", "", name).replace("\t", " ").replace("|", " ").split())


def _is_latin(name: str) -> bool:
    letters = [character for character in name if character.isalpha()]
    return bool(name) and all("LATIN" in unicodedata.name(letter, "") for letter in letters)


def _families(brands: Iterable[Brand]) -> Iterator[list[Brand]]:
    """The brands of one merchant each, the one that names it first."""
    by_item: dict[str, list[Brand]] = defaultdict(list)
    item_of: dict[str, str] = {}
    for brand in sorted(brands, key=lambda brand: (not brand.wikidata, *_weight(brand))):
        item = brand.wikidata or item_of.get(compact(brand.name)) or compact(brand.name)
        item_of.setdefault(compact(brand.name), item)
        by_item[item].append(brand)
    families = [family for same in by_item.values() for family in _alike(same)]
    yield from _joined(sorted(families, key=lambda family: _weight(family[0])))


def _alike(same: list[Brand]) -> Iterator[list[Brand]]:
    """Those of one company, apart where their names do not begin alike."""
    left = sorted(same, key=_weight)
    while left:
        stem = compact(left[0].name)
        family = [brand for brand in left if compact(brand.name).startswith(stem)]
        yield family
        left = [brand for brand in left if brand not in family]


def _joined(families: list[list[Brand]]) -> Iterator[list[Brand]]:
    """A chain's formats (its express shops, its filling stations) with the chain."""
    heads: dict[str, list[Brand]] = {}
    for family in families:
        chain = heads.get(_stem(family[0].name)) or heads.get(compact(family[0].name))
        if chain is not None and chain[0].rank == family[0].rank:
            chain += family
        else:
            heads.setdefault(compact(family[0].name), family)
            heads[f"{compact(family[0].name)} {family[0].id}"] = family
    yield from {id(family): family for family in heads.values()}.values()


def _stem(name: str) -> str:
    words = name.split()
    while len(words) > 1 and compact(words[-1]) in FORMATS:
        words.pop()
    stem = compact("".join(words))
    return stem if stem != compact(name) else ""


def _weight(brand: Brand) -> tuple[Any, ...]:
    first = FIRST.index(brand.tag) if brand.tag in FIRST else len(FIRST)
    return (brand.rank, len(compact(brand.name)), first, brand.name, brand.id)


def _line(family: list[Brand], facts: dict[str, Any]) -> str:
    head = family[0]
    category = CATEGORY_OF[head.tag]
    sites = facts.get(head.wikidata, {}).get("officialWebsites") or []
    known = {compact(head.name)}
    aliases = []
    for brand in family:
        own = CATEGORY_OF[brand.tag]
        for alias in (brand.name, *brand.aliases):
            if (key := compact(alias)) and key not in known:
                known.add(key)
                aliases.append(alias if own == category else f"{alias}={own}")
    site = _site(sites, head.name)
    return "\t".join((head.id, head.name, category, str(head.rank), site, "|".join(aliases))) + "\n"


def _site(sites: list[str], name: str) -> str:
    """Its host, of those that are named like it; pages below one are left out."""
    hosts = [match[1] for site in sites if (match := re.fullmatch(r"https?://([a-z0-9.-]+)/?", site))]
    alike = [host for host in hosts if compact(name)[:5] in compact(host)]
    return min(alike, key=lambda host: (not host.endswith((".com", ".org")), len(host), host), default="")


if __name__ == "__main__":
    sys.exit(main())
