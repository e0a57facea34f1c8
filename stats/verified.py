"""What a check-up of settled days has found, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stats import rounding
from stats.amounts import usd
from stats.conflict import in_words, where_it_is_right
from stats.model import Dimension, FarmId, Window
from stats.outcome import Less, Outcome
from stats.zone import Zone

_MOST_NAMED = 8
COUNTED = (Dimension.QUEUE, Dimension.FLEET)
"""By what usage is told: all of it by each, so that the two are never added up."""
Called = Mapping[Dimension, Mapping[str, str]]
"""Names of queues and of fleets by id."""


def summed(outcomes: Iterable[Outcome], zone: Zone) -> list[str]:
    """The parts of a summary that tell what was taken in, and what stays as it was.

    What is told by queues and by fleets is the same usage: each is said by itself.
    """
    outcomes = list(outcomes)
    changed: dict[tuple[FarmId, Window], list[str]] = defaultdict(list)
    for outcome in outcomes:
        for resource, day in outcome.changed:
            changed[outcome.farm_id, day].append(f"by {resource}s")
    several = len(outcomes) > 1
    days = ", ".join(
        f"{zone.day(day.start)} ({', '.join([*by, *([farm_id] if several else [])])})"
        for (farm_id, day), by in changed.items()
    )
    many = _many(len(changed))
    is_less = any(outcome.aside for outcome in outcomes)
    words = f"less was taken of {many}" if is_less else f"{many} had changed"
    said = [f"{words}: {days}"] if changed else []
    less = [part for resource in COUNTED if (part := _less_in_all(outcomes, resource))]
    if less:
        said.append(f"the service tells less, and what was kept stays: {', '.join(less)}")
    left = {(outcome.farm_id, one.day) for outcome in outcomes for one in outcome.conflicts}
    if left:
        said.append(f"{_many(len(left))} could not be put together")
    return said


def _less_in_all(outcomes: Iterable[Outcome], resource: Dimension) -> str:
    """Empty where nothing is less."""
    less = [(o.farm_id, one) for o in outcomes for one in o.less if one.resource is resource]
    days = {(farm_id, one.day) for farm_id, one in less}
    return f"by {resource}s {money(o for _, o in less)} of {_many(len(days))}" if less else ""


def _many(days: int) -> str:
    return f"{days} settled day{'' if days == 1 else 's'}"


def sentences(
    outcome: Outcome, listed: Called, called: Called, factor: float | None, zone: Zone
) -> list[str]:
    """What is to be said of one farm, whose scale factor is `factor` now."""
    found = []
    for resource in COUNTED:
        less = [one for one in outcome.less if one.resource is resource]
        if less:
            names = {**called[resource], **listed[resource]}
            found.append(_less(less, resource, set(listed[resource]), names, zone))
            found += _because(less, listed[resource].keys(), factor)
            found += _more(outcome.farm_id, less, names, zone)
        quiet = {day for kind, day in outcome.quiet if kind is resource}
        if quiet:
            found.append(
                f"By {resource}s the service tells nothing of {in_words(quiet, zone)} any more: "
                f"{resource}s that worked then are gone. What history’s total has of it stays, and "
                "can't be broken down."
            )
    if outcome.nobodys:
        found.append(
            f"Of {in_words(outcome.nobodys, zone)} the service tells no more whose some usage was, "
            "which history knows: breakdowns of it by user and job that history has not are not "
            "taken in."
        )
    unplaced = {day for _, day in outcome.unplaced}
    if unplaced:
        lacking = "tells apart what is left" if outcome.aside else "holds what came later"
        found.append(
            f"On {in_words(unplaced, zone)} not every breakdown {lacking}: there it is "
            "unattributed."
        )
    return found


def _less(
    less: Sequence[Less],
    resource: Dimension,
    listed: set[str],
    names: Mapping[str, str],
    zone: Zone,
) -> str:
    ids = []
    for one, some in sorted(
        by_id(less).items(), key=lambda pair: -sum(o.cost_usd for o in pair[1])
    ):
        gone = "" if one in listed or not one else ", not listed any more"
        ids.append(f"{title(one, names)}{gone}: {money(some)}")
    more = len(ids) - _MOST_NAMED
    which = "; ".join(ids[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return (
        f"By {resource}s the service tells {money(less)} less of "
        f"{in_words({one.day for one in less}, zone)} than history has, which stays as it was. "
        f"{which}."
    )


def _because(less: Sequence[Less], listed: Iterable[str], now: float | None) -> list[str]:
    """The likely reason, where the farm's scale factor is another by now."""
    known = set(listed)
    then = {one.scale_factor for one in less if one.id in known or not one.id}
    other = sorted(factor for factor in then if factor is not None and factor != now)
    if now is None or not other:
        return []
    before = " and ".join(f"{factor:g}" for factor in other)
    return [
        f"The farm's cost scale factor was {before} when these days were collected, and is {now:g} "
        "now: most likely that is why."
    ]


def _more(
    farm_id: FarmId, less: Sequence[Less], names: Mapping[str, str], zone: Zone
) -> Iterator[str]:
    """What is told of more cost in fewer records, which is neither more nor less."""
    some = [one for one in less if one.more_usd]
    if some:
        ids = names if any(not one.id for one in some) else {one.id for one in some}
        cost, days = sum(one.more_usd for one in some), {one.day for one in some}
        yield (
            f"Fewer records of {in_words(days, zone)} cost {usd(cost)} more, which is not taken "
            f"in. {where_it_is_right(farm_id, some[0].resource, days, ids, zone)}"
        )


def by_id(less: Iterable[Less]) -> dict[str, list[Less]]:
    """By queue or fleet."""
    found: dict[str, list[Less]] = defaultdict(list)
    for one in less:
        found[one.id].append(one)
    return found


def title(one: str, names: Mapping[str, str]) -> str:
    """A queue (or fleet) by name and id."""
    if not one:
        return "not told apart"
    return f"{names[one]} ({one})" if names.get(one) else one


def money(less: Iterable[Less]) -> str:
    """How much cost that is, or how many records where it is none."""
    less = list(less)
    cost, count = sum(one.cost_usd for one in less), sum(one.count for one in less)
    if cost > rounding.slack(0.0) or not count:
        return usd(cost)
    return f"{count:,} record{'' if count == 1 else 's'}"
