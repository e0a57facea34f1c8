"""The commands that keep history: `python -m stats collect`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tqdm import tqdm

from stats import lookup
from stats.collect import Collector, Outcome, Piece
from stats.errors import FarmCostsError
from stats.model import FarmId, Window
from stats.progress import Progress
from stats.report import Reporter
from stats.settings import Settings
from stats.teller import Teller
from stats.zone import Zone

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_commands(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds them to the command line."""
    collect = commands.add_parser("collect", help="keep in history what it lacks of settled days")
    collect.add_argument("--farm", action="append", metavar="ID_OR_NAME", help="default: all")
    span = collect.add_mutually_exclusive_group()
    span.add_argument("--days", type=_days, default=35, metavar="N", help="default: 35")
    span.add_argument("--since", metavar="DATE", help="as far back as the service answers")
    collect.add_argument("--timezone", metavar="NAME", help="default: the deployment's")
    collect.set_defaults(command=_collect)


def _days(text: str) -> int:
    """Raises ValueError, which argparse turns into its own words."""
    days = int(text)
    if not 1 <= days <= 3_660:
        raise ValueError
    return days


def _collect(options: argparse.Namespace, settings: Settings, reporter: Reporter) -> None:
    zone, began = Zone(options.timezone or settings.timezone), time.monotonic()
    collector = reporter.collector(zone)
    today = zone.midnight(zone.day(reporter.now()))
    since = lookup.instant(options.since, zone) if options.since else None
    days = collector.days(since or today - timedelta(days=options.days))
    outcomes = []
    for farm_id in _farms(options.farm, reporter):
        outcome = Outcome(farm_id, goes_back=since is not None)
        _collected(collector, outcome, days)
        outcomes.append(outcome)
    print(_summary(outcomes, len(days), time.monotonic() - began))
    errors = [error for outcome in outcomes for error in outcome.errors]
    for error in errors[1:]:
        print(f"{error.title}: {error}", file=sys.stderr)
    if errors:
        raise errors[0]


def _farms(wanted: Sequence[str] | None, reporter: Reporter) -> list[FarmId]:
    names = reporter.names.telling(Teller())
    if wanted is None:
        return [farm.id for farm in names.farms()]
    return list(dict.fromkeys(lookup.farm(names, text) for text in wanted))


def _collected(collector: Collector, outcome: Outcome, days: Sequence[Window]) -> None:
    """Collects one farm, with a bar on a terminal and lines elsewhere."""
    try:
        pieces = collector.pieces(outcome.farm_id, days)
    except FarmCostsError as error:
        outcome.errors.append(error)
        return
    say, on_a_terminal = Teller(), sys.stderr.isatty()
    with tqdm(total=len(pieces), disable=not on_a_terminal, unit="cut", file=sys.stderr) as bar:

        def tell(piece: Piece, progress: Progress) -> None:
            if on_a_terminal:
                bar.set_postfix_str(f"{piece}: {progress}")
            else:
                doing = f"cut {bar_at[0] + 1} of {len(pieces)}, {piece}: {progress}"
                say(Progress(0, 0, doing))

        bar_at = [0]
        for _ in collector.collect(outcome, pieces, tell):
            bar_at[0] += 1
            bar.update()


def _summary(outcomes: Sequence[Outcome], days: int, seconds: float) -> str:
    """One line, for a log."""
    written = sum(outcome.written for outcome in outcomes)
    failed = sum(len(outcome.errors) for outcome in outcomes)
    said = [
        f"collected {len(outcomes)} farm(s), {days} settled days",
        f"{written} days of cuts written",
        f"{failed} errors",
        f"{seconds:.0f} s",
    ]
    said += [
        f"{outcome.farm_id}: the service answers back to {outcome.back_to:%Y-%m-%d}"
        for outcome in outcomes
        if outcome.back_to
    ]
    return "; ".join(said)
