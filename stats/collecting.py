"""The command that fills history: `python -m stats collect`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from stats import accepting, conflict, lookup, verified
from stats.collect import Collector
from stats.connect import of_the_command_line
from stats.errors import FarmCostsError, QuestionError
from stats.model import Dimension, FarmId, Window
from stats.outcome import Outcome
from stats.output import headed, put, say
from stats.piece import Piece
from stats.progress import Progress
from stats.report import Reporter
from stats.settings import Settings
from stats.teller import Teller
from stats.zone import Zone

if TYPE_CHECKING:
    from argparse import _SubParsersAction

_DAYS = 35


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds it to the command line."""
    collect = commands.add_parser("collect", help="keep in history what it lacks of settled days")
    collect.add_argument("--farm", action="append", metavar="ID_OR_NAME", help="default: all")
    span = collect.add_mutually_exclusive_group()
    span.add_argument("--days", type=_days, metavar="N", help=f"default: {_DAYS}")
    span.add_argument("--since", metavar="DATE", help="as far back as the service answers")
    span.add_argument("--start", metavar="DATE", help="the first day, with --end")
    collect.add_argument("--end", metavar="DATE", help="the day after the last")
    collect.add_argument("--timezone", metavar="NAME", help="default: the deployment's")
    collect.add_argument(
        "--verify", action="store_true", help="also ask again for what may have changed since"
    )
    collect.add_argument(
        "--accept-less", action="store_true", help="with --verify: take less of some ids"
    )
    collect.add_argument("--queues", metavar="ID,…", help="of which less is taken")
    collect.add_argument("--fleets", metavar="ID,…", help="of which less is taken")
    collect.add_argument("--yes", action="store_true", help="take it without being asked")
    collect.set_defaults(command=_collect)


def _days(text: str) -> int:
    """Raises ValueError, which argparse turns into its own words."""
    if not (text.isascii() and text.isdigit()):  # int() takes 4_8 for 48
        raise ValueError
    days = int(text[:9])
    if not 1 <= days <= 3_660:
        raise ValueError
    return days


def _collect(options: argparse.Namespace, settings: Settings) -> None:
    accepting.look_at(options)
    if (options.start is None) != (options.end is None):
        raise QuestionError("--start and --end go together.", "Give both, or neither.")
    with of_the_command_line(settings, say) as reporter:
        _collect_for(reporter, options, settings)


def _collect_for(reporter: Reporter, options: argparse.Namespace, settings: Settings) -> None:
    zone, began = Zone(options.timezone or settings.timezone), time.monotonic()
    collector = reporter.collector(zone)
    days = _days_of(collector, options, zone, reporter)
    outcomes = []
    for farm_id in (farms := _farms(options.farm, reporter)):
        _tell_of_other_days(reporter, farm_id, zone)
        outcome = Outcome(farm_id, goes_back=options.since is not None)
        if options.accept_less:
            _accept(reporter, collector, outcome, days, options, zone)
        else:
            _collected(collector, outcome, days, zone, verify=options.verify)
        outcome.errors += conflict.errors(farm_id, outcome.conflicts, zone)
        outcomes.append(outcome)
        _tell_of_all_deleted(reporter, farm_id)
        _say_what_was_found(reporter, outcome, zone, "" if len(farms) == 1 else f"{farm_id}: ")
        for error in outcome.errors if len(farms) > 1 else ():
            error.of_farm = "" if farm_id in str(error) else farm_id
    put(f"{_summary(outcomes, len(days), time.monotonic() - began, zone)}\n")
    errors = [error for outcome in outcomes for error in outcome.errors]
    for error in errors[1:]:
        say(headed(error))
    if errors:
        raise errors[0]


def _days_of(
    collector: Collector, options: argparse.Namespace, zone: Zone, reporter: Reporter
) -> tuple[Window, ...]:
    """The settled days that are asked for."""
    if options.start:
        end = lookup.instant(options.end, zone)
        days = collector.days(lookup.instant(options.start, zone))
        return tuple(day for day in days if day.end <= end)
    if options.since:
        return collector.days(lookup.instant(options.since, zone))
    first = zone.days_back(zone.day(reporter.now()), options.days or _DAYS)
    return collector.days(zone.midnight(first))


def _tell_of_other_days(reporter: Reporter, farm_id: FarmId, zone: Zone) -> None:
    """Says where history holds days of a farm, and none of them is a day of that zone."""
    shelves = [shelf for shelf in reporter.history.shelves() if shelf.farm_id == farm_id]
    days = {day for shelf in shelves for day in reporter.history.listed(shelf)}
    if days and not any(zone.is_day(day.start, day.end) for day in days):
        say(
            f"History holds days of {farm_id} in another time zone than {zone.name}: what is "
            "collected now are other days. FARM_COSTS_TIMEZONE (or --timezone) sets another."
        )


def _tell_of_all_deleted(reporter: Reporter, farm_id: FarmId) -> None:
    """Says where a farm lists no queues (or fleets) any more, of which nothing is collected."""
    for kind in (Dimension.QUEUE, Dimension.FLEET):
        with suppress(FarmCostsError):  # of a listing, which collecting has told
            listed = reporter.names.resources(farm_id, kind)
            if not listed and reporter.remembered(farm_id, kind):
                say(
                    f"{farm_id} lists no {kind.value}s any more: of days by {kind.value}s nothing "
                    "can be collected. What history has of them stays."
                )


def _farms(wanted: Sequence[str] | None, reporter: Reporter) -> list[FarmId]:
    names = reporter.names.telling(Teller())
    if wanted is None:
        return [farm.id for farm in names.farms()]
    return list(dict.fromkeys(lookup.farm(names, text) for text in wanted))


Telling = Callable[[Piece, Progress], None]


@contextmanager
def _bar(zone: Zone, pieces: Sequence[Piece] = ()) -> Iterator[tuple[tqdm[NoReturn], Telling]]:
    """A bar on a terminal, lines elsewhere; and who tells what goes on, of which of the pieces."""
    on_a_terminal = sys.stderr is not None and sys.stderr.isatty()
    numbers = {piece: f"{n} of {len(pieces):,}: " for n, piece in enumerate(pieces, 1)}
    with tqdm(total=len(pieces), disable=not on_a_terminal, unit="cut", file=sys.stderr) as bar:
        teller = Teller()

        def tell(piece: Piece, progress: Progress) -> None:
            if progress.of == 1:  # it is the piece
                progress = replace(progress, done=0, of=0)
            if on_a_terminal:
                bar.set_postfix_str(f"{piece.told(zone)}: {progress}")
                return
            doing = f"{numbers.get(piece, '')}{piece.told(zone)}: {replace(progress, seconds=0.0)}"
            teller(Progress(0, 0, doing, progress.seconds))

        yield bar, tell


def _collected(
    collector: Collector, outcome: Outcome, days: Sequence[Window], zone: Zone, *, verify: bool
) -> None:
    """Collects one farm."""
    try:
        if verify:
            with _bar(zone) as (_, tell):
                collector.checkup.check(outcome, days, tell)
        pieces = collector.pieces(outcome.farm_id, days, to_the_end=verify)
        with _bar(zone, pieces) as (bar, tell):
            for _ in collector.collect(outcome, pieces, tell):
                bar.update()
        if verify:
            collector.checkup.mend(outcome, days)
        else:
            collector.hold(outcome, days)
    except FarmCostsError as error:
        outcome.errors.append(error)
        return
    collector.put_together(outcome)


def _accept(
    reporter: Reporter,
    collector: Collector,
    outcome: Outcome,
    days: Sequence[Window],
    options: argparse.Namespace,
    zone: Zone,
) -> None:
    """Takes less of some ids; raises what keeps it from being done."""
    ids = accepting.ids_of(reporter, outcome.farm_id, options)
    _, called = _names(reporter, outcome.farm_id)
    with _bar(zone) as (_, tell):
        going = accepting.going(collector, outcome.farm_id, ids, days, tell)
    if accepting.is_agreed(going, called, zone, yes=options.yes):
        with _bar(zone) as (_, tell):
            accepting.accept(collector, outcome, ids, going, tell)


def _say_what_was_found(reporter: Reporter, outcome: Outcome, zone: Zone, whose: str) -> None:
    """Says it by names, after whose it is; where these can't be had, the outcome has that error."""
    if outcome.less or outcome.unplaced or outcome.quiet or outcome.nobodys:
        try:
            listed, called = _names(reporter, outcome.farm_id)
        except FarmCostsError as error:
            outcome.errors.append(error)
            return
        factor = reporter.names.cost_scale_factor(outcome.farm_id)
        for sentence in verified.sentences(outcome, listed, called, factor, zone):
            say(f"{whose}{sentence}")


def _names(reporter: Reporter, farm_id: FarmId) -> tuple[verified.Called, verified.Called]:
    """What queues and fleets are called that the farm lists, and all that history knows."""
    kinds = (Dimension.QUEUE, Dimension.FLEET)
    listed = {
        kind: {one.id: one.name for one in reporter.names.resources(farm_id, kind)}
        for kind in kinds
    }
    return listed, {kind: reporter.remembered(farm_id, kind) | listed[kind] for kind in kinds}


def _summary(outcomes: Sequence[Outcome], days: int, seconds: float, zone: Zone) -> str:
    """One line, for a log."""
    written = sum(outcome.written for outcome in outcomes)
    failed = sum(len(outcome.errors) for outcome in outcomes)
    said = [
        f"collected {len(outcomes)} farm(s), {days} settled days",
        f"{written} days of cuts written",
        *verified.summed(outcomes, zone),
        f"{failed} errors",
        f"{seconds:.0f} s",
    ]
    said += [
        f"{outcome.farm_id}: the service answers back to {zone.day(outcome.back_to)} ({zone.name})"
        for outcome in outcomes
        if outcome.back_to
    ]
    return "; ".join(said)
