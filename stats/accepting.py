"""`collect --verify --accept-less`: less is taken of some queues or fleets, if that is agreed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from stats import lookup, verified
from stats.checkup import Telling
from stats.collect import Collector
from stats.errors import QuestionError
from stats.model import Dimension, FarmId, Window
from stats.outcome import Less, Outcome
from stats.output import say
from stats.report import Reporter
from stats.scopes import unheard_of
from stats.zone import Zone

Ids = Mapping[Dimension, tuple[str, ...]]


def look_at(options: argparse.Namespace) -> None:
    """Raises QuestionError where options don't go together."""
    named = options.queues is not None or options.fleets is not None
    if not options.accept_less:
        if named or options.yes:
            raise QuestionError(
                "--queues, --fleets and --yes go with --accept-less only.",
                "Collecting and --verify are about all that a farm has.",
            )
        return
    if not options.verify:
        raise QuestionError("--accept-less goes with --verify only.", "Give both.")
    if len(options.farm or ()) != 1:
        raise QuestionError("It is not said of which farm.", "Give --farm once.")
    if not (options.start or options.since or options.days):
        raise QuestionError(
            "It is not said of which days.", "Give --start and --end, --since or --days."
        )
    if not named:
        raise QuestionError(
            "It is not said of what less is to be taken.", "Give --queues or --fleets, with ids."
        )


def ids_of(reporter: Reporter, farm_id: FarmId, options: argparse.Namespace) -> Ids:
    """The queues and fleets that are named, also those that are listed no more.

    Raises UnknownName, and NotFound for ids that neither the farm nor history knows.
    """
    texts = {Dimension.QUEUE: options.queues, Dimension.FLEET: options.fleets}
    return {
        kind: _known(reporter, farm_id, kind, text)
        for kind, text in texts.items()
        if text is not None
    }


def _known(reporter: Reporter, farm_id: FarmId, kind: Dimension, text: str) -> tuple[str, ...]:
    called = reporter.remembered(farm_id, kind)
    found = lookup.resources(reporter.names, farm_id, kind, text, lambda _: called)
    listed = {one.id for one in reporter.names.resources(farm_id, kind)}
    strangers = set(found) - set(called) - listed
    if strangers:
        by_other = reporter.named_by_other(farm_id, kind)
        raise unheard_of(kind, strangers, by_other, reporter.unheard(kind))
    return found


def going(
    collector: Collector, farm_id: FarmId, ids: Ids, days: Sequence[Window], tell: Telling
) -> list[Less]:
    """What history would lose; raises what asking the service raises."""
    return [
        one
        for kind, some in ids.items()
        for one in collector.checkup.gone(farm_id, kind, some, days, tell)
    ]


def is_agreed(less: Sequence[Less], called: verified.Called, zone: Zone, *, yes: bool) -> bool:
    """Says what goes, and whether it may; raises QuestionError where nobody can be asked."""
    if not less:
        say("The service tells no less of these than history has. Nothing is changed.")
        return False
    _tell_what_goes(less, called, zone)
    agreed = yes or _agreed()
    if not agreed:
        say("Nothing is changed.")
    return agreed


def accept(
    collector: Collector, outcome: Outcome, ids: Ids, less: Sequence[Less], tell: Telling
) -> None:
    """Takes less of these ids on the days that it is known of, and says what was set aside."""
    for kind, some in ids.items():
        days = sorted({one.day for one in less if one.resource is kind}, key=_start)
        collector.checkup.accept(outcome, kind, some, days, tell)
    say(f"{len(outcome.aside)} files are set aside, and not read any more:")
    for where in outcome.aside:
        say(f"  {where}")


def _start(day: Window) -> datetime:
    return day.start


def _tell_what_goes(less: Sequence[Less], names: verified.Called, zone: Zone) -> None:
    for kind in verified.COUNTED:
        of_kind = [one for one in less if one.resource is kind]
        if of_kind:
            say(f"By {kind}s {verified.money(of_kind)} will go from history:")
        for key, some in verified.by_id(of_kind).items():
            say(f"  {kind.value} {verified.title(key, names[kind])}: {verified.money(some)}")
            for day in dict.fromkeys(one.day for one in some):
                of_day = [one for one in some if one.day == day]
                say(f"    {zone.day(day.start)}: {verified.money(of_day)}")


def _agreed() -> bool:
    """Asks on a terminal; raises QuestionError where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise QuestionError(
            "Nobody can be asked here whether that may go. Nothing is changed.", "Give --yes."
        )
    say("What it replaces is set aside. Write yes to go on:")
    return sys.stdin.readline().strip().casefold() == "yes"
