"""What is said about a report: the one place that pages, files and commands take it from.

    for remark in remarks.of(report):
        print(remark.text)

Others add to what is said here: with a Remark in `Report.remarks` where they find something, or
with a fact of the report that `of` puts into words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from stats import laws, moments
from stats.model import PERSISTENT_VOLUME, Dimension, Report
from stats.remark import Remark, RemarkKind, money
from stats.zone import Zone

__all__ = [
    "Comparison",
    "Remark",
    "RemarkKind",
    "is_at_least",
    "lacks_volumes",
    "of",
    "of_comparison",
    "uncertain",
]

BASIS = Remark(
    RemarkKind.BASIS,
    "An estimate by AWS from public prices and run time, in US dollars; workers of "
    "customer-managed fleets count at an assumed 1 US dollar an hour. Your bill may differ.",
)
SCALE_UNREAD = (
    "The farm’s cost scale factor could not be read; whatever it is, it is in the figures."
)
PRELIMINARY = "Work of the last days may still be counted, so these figures can grow."
UNATTRIBUTED = (
    "Part of the total that AWS does not assign to any row of this breakdown. "
    "It is in the total, but in none of the rows."
)
WITHOUT_VOLUMES = (
    "Counted by queues: storage volumes belong to fleets and are left out. Count by fleets to see "
    "them."
)
WITHOUT_EDGES = (
    "Smallest, average and dearest are left out where the service’s own figures for them do not "
    "fit its sums and counts; the sums stand."
)
_IN_MEMBERS = frozenset(
    {
        *(RemarkKind.BASIS, RemarkKind.SCALE_FACTOR, RemarkKind.ASSUMED, RemarkKind.PRELIMINARY),
        *(RemarkKind.UNATTRIBUTED, RemarkKind.VOLUMES),
    }
)
"""What JSON has members for."""


_ORDER = tuple(RemarkKind)


def of(report: Report) -> tuple[Remark, ...]:
    """All that is said of one report, in order, each once; times are of the question's zone."""
    zone = Zone(report.question.timezone)
    found = dict.fromkeys([*_of_the_whole(report, zone), *report.remarks])
    return tuple(sorted(found, key=lambda remark: _ORDER.index(remark.kind)))


def is_at_least(report: Report) -> bool:
    """Whether there may have been more than the report holds: not all of its days are known."""
    return bool(report.doubtful or report.unknown)


def uncertain(report: Report) -> tuple[str, ...]:
    """The sentences of what a file has no member for."""
    return tuple(remark.text for remark in of(report) if remark.kind not in _IN_MEMBERS)


def _of_the_whole(report: Report, zone: Zone) -> Iterator[Remark]:
    yield BASIS
    yield from _on_the_scale_factor(report.basis.cost_scale_factor)
    if report.unknown:
        yield Remark(RemarkKind.UNKNOWN, _unknown(report, zone))
    if report.doubtful:
        yield Remark(RemarkKind.DOUBTFUL, _doubtful(report, zone))
    if report.preliminary_from:
        since = moments.when(report.preliminary_from, zone)
        yield Remark(RemarkKind.PRELIMINARY, f"Preliminary from {since} on: {PRELIMINARY}")
    if report.leaves_out:
        yield Remark(RemarkKind.UNATTRIBUTED, _unattributed(report))
    if lacks_volumes(report):
        yield Remark(RemarkKind.VOLUMES, WITHOUT_VOLUMES)
    if _lacks_edges(report):
        yield Remark(RemarkKind.SERVICE, WITHOUT_EDGES)


def _lacks_edges(report: Report) -> bool:
    """Whether smallest and largest are empty somewhere: see `laws.left_out`."""
    totals = [usage.cost_usd.max for usage in report.total_by_usage_type.values()]
    totals += [usage.runtime_seconds.max for usage in report.total_by_usage_type.values()]
    edges = report.table.filter(items=laws.EDGES)
    return any(map(math.isnan, totals)) or bool(edges.isna().any(axis=None))


def lacks_volumes(report: Report) -> bool:
    """Whether storage volumes may be missing: they belong to fleets, and queues are counted.

    Where users, jobs, types or products are filtered, nobody would look for them.
    """
    asked, resources = report.question, (Dimension.QUEUE, Dimension.FLEET)
    filtered = asked.job_name_contains or any(f.dimension not in resources for f in asked.where)
    by_queues = asked.scope.dimension is Dimension.QUEUE
    return by_queues and not filtered and PERSISTENT_VOLUME not in report.total_by_usage_type


def _on_the_scale_factor(factor: float | None) -> Iterator[Remark]:
    if factor is None:
        yield Remark(RemarkKind.SCALE_FACTOR, SCALE_UNREAD)
    elif factor != 1:
        said = f"The farm’s cost scale factor of {factor:g} is included."
        yield Remark(RemarkKind.SCALE_FACTOR, said)


def _unknown(report: Report, zone: Zone) -> str:
    many, which = moments.many_days(report.unknown, zone), moments.stretches(report.unknown, zone)
    if many == 1:
        return f"Of 1 day nothing is known: {which}. It is left out, and is not a zero."
    return f"Of {many:,} days nothing is known: {which}. They are left out, and are not zeros."


def _doubtful(report: Report, zone: Zone) -> str:
    many, which = moments.many_days(report.doubtful, zone), moments.stretches(report.doubtful, zone)
    days, are, their = ("1 day", "was", "its") if many == 1 else (f"{many:,} days", "were", "their")
    return (
        f"At least: {days} ({which}) {are} first asked for so late that the service may have "
        f"forgotten some of {their} usage."
    )


def _unattributed(report: Report) -> str:
    asked = report.question
    before = ", before filters" if asked.where or asked.job_name_contains else ""
    return f"Unattributed{before}: {money(report.unattributed_cost_usd)}. {UNATTRIBUTED}"


@dataclass(frozen=True)
class Comparison:
    """Whether one report's numbers may be held against another's, and what is said of that."""

    is_comparable: bool
    remarks: tuple[Remark, ...]


def of_comparison(now: Report, before: Report, against: str = "the window before") -> Comparison:
    """What is said where `now` is held against `before`, beside what is said of `now` itself.

    They are not comparable where either has days that are doubtful or not known. `against` is
    what the earlier window is called.
    """
    is_comparable = not (is_at_least(now) or is_at_least(before))
    said = [*_on_comparing(now, before, against, is_comparable=is_comparable)]
    of_now = set(of(now))
    for remark in of(before):
        if remark not in of_now:
            said.append(Remark(remark.kind, f"Of {against}: {remark.text}"))
    return Comparison(is_comparable, tuple(said))


def _on_comparing(
    now: Report, before: Report, against: str, *, is_comparable: bool
) -> Iterator[Remark]:
    days = moments.days(before.question.window, Zone(before.question.timezone))
    if is_comparable:
        said = f"Changes are against {against}: {days}."
        if now.preliminary_from and not before.preliminary_from:
            said += " Preliminary days are held against settled ones, so they can still move."
        yield Remark(RemarkKind.COMPARISON, said)
        return
    whose = against if is_at_least(before) else "this window"
    yield Remark(
        RemarkKind.COMPARISON,
        f"Not comparable with {against}, {days}: not all days of {whose} are known.",
    )
