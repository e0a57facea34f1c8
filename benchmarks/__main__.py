"""`python -m benchmarks`: prints what it measures, and writes benchmarks/results.json beside it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from benchmarks import breakdowns, bucket, clicks, history, rows, sessions, viewers, writing
from benchmarks.breakdowns import Measured
from benchmarks.service import service

_RESULTS = Path(__file__).with_name("results.json")
_YEARS = user_cache_path("farm-costs") / "benchmarks"
_ALL = ("breakdowns", "rows", "sessions", "viewers", "history", "writing", "clicks")


def main() -> int:
    """Measures what was asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"of {', '.join(_ALL)}: all")
    parser.add_argument("--jobs", type=int, nargs="+", default=[400, 4_000], help="jobs a day")
    parser.add_argument("--days", type=int, nargs="+", default=[7, 30, 90], help="days asked for")
    parser.add_argument("--folder", type=Path, default=_YEARS, help="years of history: kept there")
    parser.add_argument(
        "--left-after",
        type=float,
        default=viewers.LEFT_AFTER_SECONDS,
        help="seconds after which the memory of viewers that never read is looked at",
    )
    parser.add_argument("--only", default="", help="lines of history that hold this")
    options = parser.parse_args()
    wanted = options.what or _ALL
    if not set(wanted) <= set(_ALL):
        parser.error(f"there is {', '.join(_ALL)}")
    found: dict[str, Any] = {}
    if "rows" in wanted:
        found["rows"] = _said(rows.measured())
    if "sessions" in wanted:
        found["sessions"] = _said(sessions.measured())
    if "viewers" in wanted:
        found["viewers"] = _said(viewers.measured(options.left_after))
    if "breakdowns" in wanted:
        found["breakdowns"] = [asdict(one) for one in _breakdowns(options.jobs, options.days)]
    if "history" in wanted:
        found["history"] = [asdict(one) for one in _history(options.folder, options.only)]
    if "writing" in wanted:
        found["writing"] = _said(writing.measured(options.folder))
        found["bucket"] = _said(bucket.measured(options.folder))
    if "clicks" in wanted:
        found["clicks"] = _said(clicks.measured(options.folder))
    _RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    return 0


_Found = (
    rows.Rows
    | sessions.Sessions
    | viewers.Viewers
    | writing.Written
    | bucket.InABucket
    | clicks.Clicks
)


def _said(found: _Found) -> dict[str, Any]:
    print(found, flush=True)
    return asdict(found)


def _history(folder: Path, only: str) -> list[history.Told]:
    """A table of all questions, a line as soon as it is known."""
    found: list[history.Told] = []
    print(history.HEADER)
    for one in history.measured(folder, only):
        found.append(one)
        print(one, flush=True)
    return found


def _breakdowns(jobs: list[int], days: list[int]) -> list[Measured]:
    """A table of all farms and windows; the first way of each is ours."""
    found: list[Measured] = []
    print(_HEADER)
    for jobs_a_day in jobs:
        for many in days:
            ours: Measured | None = None
            with service(jobs_a_day, many) as asked:
                for one in breakdowns.measured(asked, jobs_a_day, many):
                    ours = ours or one
                    found.append(one)
                    print(_line(one, ours), flush=True)
    return found


_HEADER = (
    f"{'jobs/day':>8} {'days':>4} {'':27} {'seconds':>8} {'starts':>6} {'polls':>6} {'pages':>6} "
    "ratios"
)


def _line(one: Measured, ours: Measured) -> str:
    said = f"{one.jobs_a_day:8} {one.days:4} {one.way:27} {one.seconds:8.1f}"
    said += f" {one.asked.starts:6} {one.asked.polls:6} {one.asked.pages:6} "
    if one is ours:
        bound = f"{one.seconds / one.bound_seconds:.2f} of its bound"
        return said + f"{bound}; the service needs {one.least_seconds:.1f} s at least"
    times, most = one.seconds / ours.seconds, one.seconds / one.least_seconds
    return said + f"{times:.1f} times as long as Farm Costs; {most:.1f} would be the most"


if __name__ == "__main__":
    sys.exit(main())
