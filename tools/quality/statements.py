"""Sets the hand-written merchants of tests/data/enrichment/written into the forms that banks print.

`python -m tools.quality.statements` writes development.tsv and held_out.tsv anew; the README beside them says what a
written file looks like. Nothing is drawn at random that a line could be judged by: names, truths, processors, places
and forms are written down. Dates, references, card digits and amounts, and whether a card's line carries its merchant
category code, come from a generator that is seeded with the line itself.
"""

import csv
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

DATA = Path("tests/data/enrichment")
COLUMNS = (
    "format", "description", "memo", "direction", "amount", "mcc", "account_type", "category", "merchant", "split",
)  # fmt: skip
ACH_NAME, ACH_ENTRY = 16, 10  # the fields of a batch header have no more room
Form = dict[str, Any]


class Section(NamedTuple):
    """What a heading says of the lines under it."""

    category: str
    rails: list[str]
    mccs: list[str]
    amounts: tuple[float, float]
    split: str
    direction: str
    always: bool = False  # every line carries the merchant category code


class Entry(NamedTuple):
    section: Section
    fields: list[str]
    number: int


class Forms:
    """The forms of one set; each rail takes its own in turn."""

    def __init__(self, name: str) -> None:
        every: dict[str, Form] = tomllib.loads((DATA / "written/formats.toml").read_text(encoding="utf-8"))
        self._by_name = {key: form for key, form in every.items() if form["set"] == name}
        self._turn: Counter[str] = Counter()

    def by_name(self, name: str) -> Form:
        return self._by_name[name]

    def next(self, rail: str) -> tuple[str, Form]:
        names = [name for name, form in self._by_name.items() if rail in form["rails"]]
        if not names:
            raise LookupError(f"no form for the rail {rail}")
        self._turn[rail] += 1
        name = names[self._turn[rail] % len(names)]
        return name, self._by_name[name]


def main() -> None:
    for name in ("development", "held_out"):
        forms = Forms(name)
        rows = [row for path in sorted((DATA / "written").glob(f"{name}*.txt")) for row in _rows(path, forms)]
        with (DATA / f"{name}.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        print(f"{name}: {len(rows)} lines")


def _rows(path: Path, forms: Forms) -> Iterator[list[str]]:
    for entry in _entries(path):
        try:
            yield from _exact(entry, forms) if "raw" in entry.section.rails else _set(entry, forms)
        except Exception as error:
            raise ValueError(f"{path}:{entry.number}: {error!r}") from error


def _entries(path: Path) -> Iterator[Entry]:
    section = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("= "):
            section = _section(line[2:])
        elif line.strip() and not line.startswith("# "):
            assert section, f"{path}:{number}: a line before the first heading"
            yield Entry(section, [field.strip() for field in line.split(";")], number)


def _section(line: str) -> Section:
    category, *words = [word.strip() for word in line.split(";")]
    said = {name: rest for name, _, rest in (word.partition(" ") for word in words)}
    low, high = said.get("amount", "5-90").split("-")
    return Section(
        category=category,
        rails=said["by"].split(),
        mccs=said.get("mcc", "").split(),
        amounts=(float(low), float(high)),
        split=next((split for split in ("local", "none") if split in said), "public-brand"),
        direction="credit" if "credit" in said else "debit",
        always="always" in said,
    )


def _exact(entry: Entry, forms: Forms) -> Iterator[list[str]]:
    """A line whose whole description is written out: form ; description ; amount ; memo ; merchant ; options."""
    name, description, amount, *more = entry.fields
    memo, merchant, *options = [*more, *[""] * 2][: max(2, len(more))]
    form, section = forms.by_name(name), _with_options(entry.section, options)
    account = next((word.split(" ")[1] for word in options if word.startswith("type ")), str(form["account"]))
    mcc = section.mccs[0] if section.mccs else ""
    split = section.split if merchant else "none"
    yield [name, description, memo, section.direction, amount, mcc, account, section.category, merchant, split]


def _set(entry: Entry, forms: Forms) -> Iterator[list[str]]:
    """A merchant with one or more ways in which it writes itself: names ; cores ; places ; options."""
    names, cores, places, *options = [*entry.fields, *[""] * (3 - len(entry.fields))]
    section = _with_options(entry.section, options)
    where, own = _ways(places), any(option.startswith("by ") for option in options)
    for at, core in enumerate(_ways(cores)):
        place = where[at % len(where)]
        rail = section.rails[(at if own else entry.number + at) % len(section.rails)]
        rail = _rail(rail, core, place, section.direction)
        name, form = forms.next(rail)
        dice = random.Random(f"{core}{entry.number}{at}")
        description, memo, shown = _print(form, core, place, dice)
        merchant = f"{names}|{shown}" if shown and section.split == "local" else names
        shown_code = section.always or dice.random() < form.get("mcc", 0)
        mcc = dice.choice([*section.mccs[:1] * 2, *section.mccs]) if section.mccs and shown_code else ""
        amount = f"{dice.uniform(*section.amounts):.2f}"
        row = [
            name,
            description,
            memo,
            section.direction,
            amount,
            mcc,
            str(form["account"]),
            section.category,
            merchant,
        ]
        yield [*row, section.split if merchant else "none"]


def _rail(rail: str, core: str, place: str, direction: str) -> str:
    """A batch has an entry's text and no place, a card's line has a place and no such text: so it shows which it is."""
    if rail in ("ach", "achc") and place:
        return "online"
    if "~" in core and rail not in ("ach", "achc", "sepa"):
        return "ach" if direction == "debit" else "achc"
    return rail


def _ways(field: str) -> list[str]:
    return [way.strip() for way in re.split(r"(?<!\S)/(?!\S)", field)]


def _with_options(section: Section, options: list[str]) -> Section:
    for option in filter(None, options):
        word, _, rest = option.partition(" ")
        match word:
            case "by":
                section = section._replace(rails=rest.split())
            case "mcc":
                section = section._replace(mccs=rest.split())
            case "is":
                section = section._replace(category=rest)
            case "amount":
                low, high = rest.split("-")
                section = section._replace(amounts=(float(low), float(high)))
            case "credit" | "debit":
                section = section._replace(direction=word)
            case "local" | "public-brand":
                section = section._replace(split=word)
            case "type":
                pass
            case _:
                raise ValueError(f"unknown option {option}")
    return section


def _print(form: Form, core: str, place: str, dice: random.Random) -> tuple[str, str, str]:
    """The description, the memo, and what is left of the name where the form cut it."""
    name, _, entry = (part.strip() for part in core.partition("~"))
    kept = name[: form.get("name", ACH_NAME if form.get("ach") else 99)].strip()
    entry = entry[:ACH_ENTRY].strip() or "PAYMENT" if form.get("ach") else entry
    city, region = _city_and_region(place)
    values = _numbers(dice) | {
        "core": kept, "entry": entry, "city": city, "region": region, "place": f"{city} {region}".strip(),
    }  # fmt: skip
    template = dice.choice(form["templates"])
    description = re.sub(" +$", "", template.format(**values))
    if not form.get("wide"):
        description = re.sub(r" {2,}", " ", description).strip()
    whole = description
    description = description[: form.get("cut", 999)].rstrip()
    memo = re.sub(r" {2,}", " ", form.get("memo", "").format(**values, rest=whole[len(description) :].strip())).strip()
    description, memo = (_cased(text, form.get("case", "")) for text in (description, memo))
    lost = kept if kept != name else _lost(kept, description)
    return description, memo, re.sub(r"^(SQ|TST|SP|PP)? ?\* ?", "", lost).rstrip("*#-, ")


def _lost(kept: str, description: str) -> str:
    """What is left of a name that the end of the whole line cut off."""
    if kept.casefold() in description.casefold():
        return ""
    for length in range(len(kept), 0, -1):
        if description.casefold().endswith(kept[:length].casefold().rstrip()):
            return kept[:length]
    return ""


def _city_and_region(place: str) -> tuple[str, str]:
    city, _, region = place.rpartition(" ")
    return (city, region) if city and re.fullmatch("[A-Z]{2,3}", region) and not place.islower() else (place, "")


def _cased(text: str, case: str) -> str:
    match case:
        case "title":
            return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))
        case "lower":
            return text.lower()
    return text


def _numbers(dice: random.Random) -> dict[str, str]:
    day = date(2024, 1, 3) + timedelta(days=dice.randrange(600))
    digits = {f"n{count}": "".join(dice.choices("0123456789", k=count)) for count in (3, 4, 6, 7, 8, 9, 10, 12, 15, 22)}
    return digits | {
        "mmdd": f"{day:%m%d}", "m_d": f"{day:%m/%d}", "mdy": f"{day:%m%d%y}", "ymd": f"{day:%y%m%d}",
        "m_d_y": f"{day:%m/%d/%y}", "iso": f"{day:%Y-%m-%d}", "d_m_y": f"{day:%d/%m/%Y}", "ddmm": f"{day:%d%m}",
        "ddmmyy": f"{day:%d%m%y}", "d_mon": f"{day:%d %b}".upper(), "dmony": f"{day:%d%b%y}".upper(),
        "dmy_dash": f"{day:%d-%m-%Y}", "dmy_dot": f"{day:%d.%m.%Y}",
        "time": f"{dice.randrange(7, 23):02}:{dice.randrange(60):02}",
        "who": dice.choice(("DANA WHITFIELD", "MARCUS OYELARAN", "PRIYA NATARAJAN", "WHITFIELD,DANA", "T BERGSTROM")),
        "code": "".join(dice.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8)),
    }  # fmt: skip


if __name__ == "__main__":
    main()
