"""`python -m benchmarks`: prints a table, and writes benchmarks/results.json beside it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.breakdowns import Measured, measured
from benchmarks.service import service

_RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Measures the farms and windows asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[400, 4_000], help="jobs a day")
    parser.add_argument("--days", type=int, nargs="+", default=[7, 30, 90], help="days asked for")
    options = parser.parse_args()
    found: list[Measured] = []
    print(_HEADER)
    for jobs_a_day in options.jobs:
        for days in options.days:
            with service(jobs_a_day, days) as asked:
                ours: Measured | None = None
                for one in measured(asked, jobs_a_day, days):
                    ours = ours or one
                    found.append(one)
                    print(_line(one, ours), flush=True)
    _RESULTS.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")
    return 0


_HEADER = (
    f"{'jobs/day':>8} {'days':>4} {'':27} {'seconds':>8} {'starts':>6} {'polls':>6} {'pages':>6} "
    "ratios"
)


def _line(one: Measured, ours: Measured) -> str:
    said = f"{one.jobs_a_day:8} {one.days:4} {one.way:27} {one.seconds:8.1f}"
    said += f" {one.asked.starts:6} {one.asked.polls:6} {one.asked.pages:6} "
    if one is ours:
        return said + f"{one.seconds / one.bound_seconds:.2f} of its bound"
    return said + f"{one.seconds / ours.seconds:.1f} times as long as Farm Costs"


if __name__ == "__main__":
    sys.exit(main())
