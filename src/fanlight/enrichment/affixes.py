"""What banks, networks and processors put before and after a name; the lists say what each is."""

from fanlight.enrichment.tables import listed

ENDING = listed("endings")
PREFIXES = ENDING | listed("prefixes")
OPENING = listed("openings")
PROCESSORS = listed("processors")
CUTTING = listed("cutting")
COUNTING = listed("counting")
NAMING = listed("naming")
NUMBERED = listed("numbered")
TRAILING = listed("trailing")
STRUCTURED = (
    ("ORIG CO NAME:", (" CO ENTRY DESCR:", " ORIG ID:", " DESC DATE:", " SEC:")),
    ("NAAM:", (" MACHTIGING", " OMSCHRIJVING", " IBAN", " KENMERK", " DATUM")),
    ("/NAME/", ("/MARF", "/REMI", "/IBAN", "/EREF")),
)
"""Labels that a name follows, each with those that end it."""
LABELS = (" SEC:", " DESC DATE:", " TRACE", " EED:", " IND ID:", " INDN:", " ID:", " CO ID:", " ORIG ID")
"""From these on there is nothing for people."""
