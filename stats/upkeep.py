"""The commands that keep history: `python -m stats collect` and `history`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from stats import audit, compact, connect, export, grid, lookup
from stats.audit import Coverage
from stats.collect import Collector, Outcome, Piece
from stats.connect import of_the_command_line
from stats.dayfile import Shelf
from stats.errors import FarmCostsError, HistoryError, QuestionError
from stats.history import History
from stats.model import FarmId, Window
from stats.output import put, say
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
    collect.add_argument(
        "--verify", action="store_true", help="also ask again for what may have changed since"
    )
    collect.set_defaults(command=_collect)
    history = commands.add_parser("history", help="what history holds")
    actions = ["verify", "compact", "forget", "migrate"]
    history.add_argument("action", nargs="?", choices=actions, help="default: what there is")
    history.add_argument("--farm", metavar="ID", help="default: every farm")
    history.add_argument("--before", metavar="DATE", help="the day from which on nothing goes")
    history.add_argument("--timezone", metavar="NAME", help="default: the deployment's")
    history.add_argument(
        "--remove-former", action="store_true", help="with migrate: also take out former files"
    )
    history.add_argument("--format", choices=["table", "json", "csv"], default="table")
    history.set_defaults(command=_history)


def _days(text: str) -> int:
    """Raises ValueError, which argparse turns into its own words."""
    days = int(text)
    if not 1 <= days <= 3_660:
        raise ValueError
    return days


def _collect(options: argparse.Namespace, settings: Settings) -> None:
    with of_the_command_line(settings, say) as reporter:
        _collect_for(reporter, options, settings)


def _collect_for(reporter: Reporter, options: argparse.Namespace, settings: Settings) -> None:
    zone, began = Zone(options.timezone or settings.timezone), time.monotonic()
    collector = reporter.collector(zone)
    first = zone.days_back(zone.day(reporter.now()), options.days)
    since = lookup.instant(options.since, zone) if options.since else None
    days = collector.days(since or zone.midnight(first))
    outcomes = []
    for farm_id in _farms(options.farm, reporter):
        _tell_of_other_days(reporter, farm_id, zone)
        outcome = Outcome(farm_id, goes_back=since is not None)
        _collected(collector, outcome, days, verify=options.verify)
        outcomes.append(outcome)
    put(f"{_summary(outcomes, len(days), time.monotonic() - began)}\n")
    errors = [error for outcome in outcomes for error in outcome.errors]
    for error in errors[1:]:
        say(f"{error.title}: {error}")
    if errors:
        raise errors[0]


def _tell_of_other_days(reporter: Reporter, farm_id: FarmId, zone: Zone) -> None:
    """Says where history holds days of a farm, and none of them is a day of that zone."""
    shelves = [shelf for shelf in reporter.history.shelves() if shelf.farm_id == farm_id]
    days = {day for shelf in shelves for day in reporter.history.listed(shelf)}
    if days and not any(zone.is_day(day.start, day.end) for day in days):
        say(
            f"History holds days of {farm_id} in another time zone than {zone.name}: what is "
            "collected now are other days. FARM_COSTS_TIMEZONE (or --timezone) sets another."
        )


def _farms(wanted: Sequence[str] | None, reporter: Reporter) -> list[FarmId]:
    names = reporter.names.telling(Teller())
    if wanted is None:
        return [farm.id for farm in names.farms()]
    return list(dict.fromkeys(lookup.farm(names, text) for text in wanted))


def _collected(
    collector: Collector, outcome: Outcome, days: Sequence[Window], *, verify: bool
) -> None:
    """Collects one farm, with a bar on a terminal and lines elsewhere."""
    on_a_terminal = sys.stderr is not None and sys.stderr.isatty()
    with tqdm(total=0, disable=not on_a_terminal, unit="cut", file=sys.stderr) as bar:
        teller = Teller()

        def tell(piece: Piece, progress: Progress) -> None:
            if on_a_terminal:
                bar.set_postfix_str(f"{piece}: {progress}")
            else:
                teller(replace(progress, doing=f"{piece}: {progress.doing}"))

        try:
            pieces = collector.changed(outcome, days, tell) if verify else []
            pieces += collector.pieces(outcome.farm_id, days, to_the_end=verify)
        except FarmCostsError as error:
            outcome.errors.append(error)
            return
        bar.total = len(pieces)
        for _ in collector.collect(outcome, pieces, tell):
            bar.update()
        collector.put_together(outcome)


def _summary(outcomes: Sequence[Outcome], days: int, seconds: float) -> str:
    """One line, for a log."""
    written = sum(outcome.written for outcome in outcomes)
    changed = [said for outcome in outcomes for said in outcome.changed]
    failed = sum(len(outcome.errors) for outcome in outcomes)
    said = [
        f"collected {len(outcomes)} farm(s), {days} settled days",
        f"{written} days of cuts written",
        *([f"{len(changed)} settled days had changed: {', '.join(changed)}"] if changed else []),
        f"{failed} errors",
        f"{seconds:.0f} s",
    ]
    said += [
        f"{outcome.farm_id}: the service answers back to {outcome.back_to:%Y-%m-%d}"
        for outcome in outcomes
        if outcome.back_to
    ]
    return "; ".join(said)


def _history(options: argparse.Namespace, settings: Settings) -> None:
    history = connect.history(settings)
    shelves = [s for s in history.shelves() if options.farm in (None, s.farm_id)]
    if options.action == "verify":
        _verify(history, shelves)
    elif options.action == "compact":
        made = sum(1 for _ in compact.compact(history, shelves, datetime.now(UTC)))
        put(f"{made} files made of many.\n")
    elif options.action == "migrate":
        made = sum(1 for _ in compact.migrate(history, shelves, removes=options.remove_former))
        put(f"{made} files written in the present format.\n")
    elif options.action == "forget":
        _forget(options, settings, history, shelves)
    else:
        _list(options, history, shelves, Zone(options.timezone or settings.timezone))


def _forget(
    options: argparse.Namespace, settings: Settings, history: History, shelves: Sequence[Shelf]
) -> None:
    if options.before is None:
        raise QuestionError("It is not said what to forget.", "Give --before DATE.")
    zone = Zone(options.timezone or settings.timezone)
    taken = compact.forget(history, shelves, lookup.instant(options.before, zone))
    put(f"{taken} days of cuts forgotten.\n")


def _list(
    options: argparse.Namespace, history: History, shelves: Sequence[Shelf], zone: Zone
) -> None:
    """What there is; the table has local times, the others have UTC."""
    covered = audit.coverage(history, shelves)
    found = [_told(one) for one in covered]
    frame = pd.DataFrame(found, columns=_COLUMNS)
    if options.format == "json":
        put(f"{json.dumps(found, indent=1)}\n")
    elif options.format == "csv":
        put(export.csv_of(frame))
    else:
        frame["start"] = [f"{zone.local(one.days[0].start):%Y-%m-%d %H:%M}" for one in covered]
        frame["end"] = [f"{zone.local(one.days[-1].end):%Y-%m-%d %H:%M}" for one in covered]
        local = frame.rename(columns={edge: f"{edge} ({zone.name})" for edge in ("start", "end")})
        put(f"{grid.lined_up(local) if found else 'History holds nothing.'}\n")
        say(f"In {history.where}; {frame['bytes'].sum():,} bytes")


_COLUMNS = (
    *("farm_id", "counted_by", "period", "cut"),
    *("days", "start", "end", "gaps", "files", "bytes"),
)


def _told(one: Coverage) -> dict[str, str | int]:
    shelf = one.shelf
    return {
        "farm_id": shelf.farm_id,
        "counted_by": str(shelf.resource),
        "period": "hourly" if shelf.hourly else "daily",
        "cut": ",".join(shelf.by),
        "days": len(one.days),
        "start": f"{one.days[0].start:%Y-%m-%dT%H:%MZ}",
        "end": f"{one.days[-1].end:%Y-%m-%dT%H:%MZ}",
        "gaps": len(one.gaps),
        "files": one.files,
        "bytes": one.size,
    }


def _verify(history: History, shelves: Sequence[Shelf]) -> None:
    """Raises HistoryError where anything is amiss."""
    found = list(audit.amiss(history, shelves))
    for one in found:
        put(f"{one}\n")
    if found:
        raise HistoryError(
            f"{len(found)} things are amiss in {history.where}",
            "A bad file is not read: collect writes its day anew. Where a cut holds more than the "
            "total, `collect --verify` asks for the day again.",
        )
    put(f"{len(shelves)} cuts are as they were written.\n")
