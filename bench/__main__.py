"""`python -m bench`: measure the rows, print them, and write the whole table down in `docs/benchmarks.md`.

The exit status is 0 also when targets are missed, for benchmarks inform; it is 1 when a row could not be measured
although it should.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from bench import report
from bench.figures import Absent, Row, measure
from bench.lab import ROOT, Lab, find_cores
from bench.rows import ROWS

PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _end)
    rows = _chosen(options.row)
    with tempfile.TemporaryDirectory(prefix="fanlight-bench-") as place:
        seconds = options.seconds or (0.5 if options.quick else 1.0)
        runs = options.runs or (1 if options.quick else 3)
        lab = Lab(runs, seconds, options.quick, Path(place), find_cores())
        outcomes = measure(rows, lab, _tell)
    lines = report.table(rows, outcomes)
    sys.stdout.write(report.text(lines) + "\n")
    is_fault = any(isinstance(outcome, Absent) and outcome.is_fault for outcome in outcomes.values())
    if rows == ROWS and not options.quick and not is_fault:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(report.page(lines, lab), encoding="utf-8")
        _tell(f"wrote {PAGE.relative_to(ROOT)}")
    return 1 if is_fault else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and set against the targets.")
    parser.add_argument("--quick", action="store_true", help="short and once; the page is not written")
    parser.add_argument("--row", action="append", metavar="NAME", choices=[row.name for row in ROWS],
                        help="only this row; may be said several times; the page is not written")  # fmt: skip
    parser.add_argument("--runs", type=int, help="how often each figure is taken [default: 3]")
    parser.add_argument("--seconds", type=float, help="how long one stretch of load lasts [default: 1]")
    return parser.parse_args()


def _chosen(names: list[str] | None) -> tuple[Row, ...]:
    return ROWS if names is None else tuple(row for row in ROWS if row.name in names)


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _end(_number: int, _frame: FrameType | None) -> None:
    """Leave as after Ctrl-C: every block closes, and with it every process that was started."""
    sys.exit(143)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
