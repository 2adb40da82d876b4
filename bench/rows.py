"""The rows: what is measured and what is to be reached, as a table of contents."""

from bench.figures import Row, at_least, at_most
from bench.journey import journey
from bench.money import enrichment, history, load
from bench.pages import pages
from bench.planning import planning
from bench.search import search
from bench.start import start
from bench.tasks import tasks
from bench.window import window

ROWS = (
    Row("window", "Window URI request, SQLite NORMAL, share of the no-op", at_least(0.30), window),
    Row("window-full", "The same with FULL durability", at_least(0.25), window),
    Row("prism-seed", "The same against Prism mocking the one path", at_least(3, "x"), window),
    Row("prism-150", "The same against Prism mocking a file of 150 paths", at_least(10, "x"), window),
    Row("p99", "p99 of the window URI request at 32 connections", at_most(10, "ms"), window),
    Row("p99-prism", "That p99 as a share of Prism's on the one path", at_most(0.2), window),
    Row("journey", "Whole sandbox windows, one process pair", at_least(100, "/s"), journey),
    Row("queue", "Embedded queue, jobs of two checkpointed steps", at_least(5000, "/s"), tasks),
    Row("queue-start", "Embedded queue, commit to start of the handler, p50", at_most(5, "ms"), tasks),
    Row("page-25", "25-row page of transactions, 1,000,000 rows stored, share of the no-op", at_least(0.20), pages),
    Row("page-25-growth", "The same, of the rate with 10,000 rows stored", at_least(0.90), pages),
    Row("page-1000", "1,000-row page against tuples, dictionaries and orjson", at_least(3, "x"), history),
    Row("rules", "100 rules over 50,000 transactions of one user", at_most(2, "s"), history),
    Row("enrich-new", "Enrichment on one core, descriptors never seen", at_least(20_000, "/s"), enrichment),
    Row("enrich-seen", "The same, descriptors seen before", at_least(60_000, "/s"), enrichment),
    Row("load-first", "First load of 100,000 transactions, share of bare executemany", at_least(0.08), load),
    Row("load-again", "The same again, nothing changed", at_least(0.4), load),
    Row("load-memory", "What the same again adds to the memory", at_most(20, "MB"), load),
    Row(
        "planning-after", "All lists of planning, 50,000 transactions, after one changed", at_most(250, "ms"), planning
    ),
    Row("planning-again", "The same, nothing changed", at_most(20, "ms"), planning),
    Row("insights", "Insights after one aggregation, processor time", at_most(100, "ms"), planning),
    Row("search-prefix", "First page of 20,000 institutions, the beginning of a name", at_most(5, "ms"), search),
    Row("search-words", "The same, words of a name", at_most(5, "ms"), search),
    Row("search-typo", "The same, two words with a slip in each", at_most(5, "ms"), search),
    Row("search-routing", "The same, a routing number", at_most(5, "ms"), search),
    Row("search-url", "The same, the URL of a login page", at_most(5, "ms"), search),
    Row("search-all", "The same, the empty name that lists all", at_most(5, "ms"), search),
    Row("institutions-csv", "Making the CSV download of 20,000 institutions", at_most(1, "s"), search),
    Row("ready-serve", "fanlight serve, ready after start", at_most(1.0, "s"), start),
    Row("ready-sandbox", "fanlight sandbox, ready after start", at_most(1.0, "s"), start),
    Row("memory-serve", "fanlight serve, idle memory", at_most(120, "MB"), start),
    Row("memory-sandbox", "fanlight sandbox, idle memory", at_most(120, "MB"), start),
)
