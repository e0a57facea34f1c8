"""The command that looks after history: `python -m stats history`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

import pandas as pd

from stats import audit, collecting, compact, connect, export, grid, lookup
from stats.audit import Coverage
from stats.dayfile import Shelf
from stats.errors import HistoryError, QuestionError, UnknownName
from stats.history import History
from stats.output import put, say
from stats.settings import Settings
from stats.zone import Zone

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_commands(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds them to the command line."""
    collecting.add_command(commands)
    history = commands.add_parser("history", help="what history holds")
    actions = ["verify", "compact", "forget", "migrate"]
    history.add_argument("action", nargs="?", choices=actions, help="default: what there is")
    history.add_argument("--farm", metavar="ID", help="default: every farm")
    history.add_argument("--before", metavar="DATE", help="with forget: days before this one go")
    history.add_argument("--timezone", metavar="NAME", help="default: the deployment's")
    history.add_argument(
        "--remove-former", action="store_true", help="with migrate: also take out former files"
    )
    history.add_argument("--format", choices=["table", "json", "csv"], default="table")
    history.set_defaults(command=_history)


def _history(options: argparse.Namespace, settings: Settings) -> None:
    history = connect.history(settings)
    shelves = _of_farm(history.shelves(), options.farm)
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


def _of_farm(shelves: Sequence[Shelf], farm_id: str | None) -> list[Shelf]:
    """Those of a farm, or all; raises UnknownName where there are others only."""
    found = [shelf for shelf in shelves if farm_id in (None, shelf.farm_id)]
    if shelves and not found:
        there = ", ".join(sorted({shelf.farm_id for shelf in shelves}))
        raise UnknownName(
            f"History holds nothing of a farm “{farm_id}”.", f"The ids of those it holds: {there}."
        )
    return found


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
    if odd := [*audit.strangers(history)]:
        raise HistoryError(
            f"History in {history.where} can't be read: {odd[0]}",
            f"There {'is 1 such thing' if len(odd) == 1 else f'are {len(odd)} such things'}: "
            "`python -m stats history verify` names all.",
        )
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
    found = []
    for one in chain(audit.strangers(history), audit.amiss(history, shelves)):
        put(f"{one}\n")
        found.append(one)
    if found:
        amiss = "1 thing is" if len(found) == 1 else f"{len(found)} things are"
        raise HistoryError(
            f"{amiss} amiss in {history.where}",
            "A bad file is not read: collect writes its day anew. Where a cut holds more than the "
            "total, or less than another, `collect --verify` puts the day in order.",
        )
    number = sum(1 for shelf in shelves if history.listed(shelf))
    if not number:
        put(f"History in {history.where} holds nothing: there was nothing to look at.\n")
        return
    cuts = "1 cut is as it was" if number == 1 else f"{number} cuts are as they were"
    put(f"{cuts} written.\n")
