"""What is said of a report: the one place that pages, files and commands take it from.

    for remark in remarks.of(report):
        print(remark.text)

Others add to what is said here: with a Remark in `Report.remarks` where they find something, or
with a fact of the report that `of` puts into words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stats import laws, moments
from stats.lacking import (
    at_least_on,
    is_at_least,
    lacks_what_is_known,
    may_be_more,
    may_match_more,
    rows_may_lack,
    speaks,
)
from stats.model import MISSING, PERSISTENT_VOLUME, Dimension, Report, Window
from stats.remark import NOT_YET, Remark, RemarkKind, money
from stats.wire import USAGE_TYPES
from stats.zone import Zone

__all__ = [
    "Ground",
    "Nothing",
    "Remark",
    "RemarkKind",
    "at_least_on",
    "is_at_least",
    "lacks_volumes",
    "lacks_what_is_known",
    "may_be_more",
    "may_match_more",
    "of",
    "of_nothing",
    "rows_may_lack",
    "short",
    "tells_of_deletions",
    "unattributed",
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
_IN_NO_ROW = "Part of the total that is in no row of this breakdown"
UNATTRIBUTED = f"{_IN_NO_ROW}: AWS does not tell all usage apart."
WITHOUT_VOLUMES = (
    "Counted by queues: storage volumes belong to fleets and are left out. Count by fleets to see "
    "them."
)
WITHOUT_EDGES = (
    "Smallest, average and dearest are left out where the service does not tell them, or they do "
    "not fit its sums and counts; the sums stand."
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


def uncertain(report: Report) -> tuple[str, ...]:
    """The sentences of what a file has no member for."""
    return tuple(remark.text for remark in of(report) if remark.kind not in _IN_MEMBERS)


def _of_the_whole(report: Report, zone: Zone) -> Iterator[Remark]:
    yield BASIS
    yield from _on_the_scale_factor(report)
    if report.unknown:
        yield Remark(RemarkKind.UNKNOWN, _unknown(report, zone))
    if report.doubtful:
        yield Remark(RemarkKind.DOUBTFUL, _doubtful(report, zone))
    if report.preliminary_from:
        since = moments.when(report.preliminary_from, zone)
        yield Remark(RemarkKind.PRELIMINARY, f"Preliminary from {since} on. {PRELIMINARY}")
    if report.leaves_out:
        yield Remark(RemarkKind.UNATTRIBUTED, _unattributed(report))
    if lacks_volumes(report) and not _is_without_usage(report):
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


def _is_without_usage(report: Report) -> bool:
    return report.table.empty and not report.total_by_usage_type


def _on_the_scale_factor(report: Report) -> Iterator[Remark]:
    factor = report.basis.cost_scale_factor
    if factor is None:
        yield Remark(RemarkKind.SCALE_FACTOR, SCALE_UNREAD)
    elif factor != 1:
        since = " in what was reported with it" if speaks(report, RemarkKind.OTHER_FACTOR) else ""
        said = f"The farm’s cost scale factor of {factor:g} is included{since}."
        yield Remark(RemarkKind.SCALE_FACTOR, said)


def _unknown(report: Report, zone: Zone) -> str:
    days, which = moments.in_days(report.unknown, zone), moments.stretches(report.unknown, zone)
    left = "It is left out, and is not a zero."
    if not days.is_one:
        left = "They are left out, and are not zeros."
    return f"Of {days.words} nothing is known: {which}. {left}"


def _doubtful(report: Report, zone: Zone) -> str:
    days, which = moments.in_days(report.doubtful, zone), moments.stretches(report.doubtful, zone)
    are, their = ("was", "its") if days.is_one else ("were", "their")
    if speaks(report, RemarkKind.DOUBTFUL):  # and then the reason is said there
        return f"It was at least so much: {days.words} ({which})."
    begin = f"It was at least so much: {days.words} ({which}) {are} first asked for so late"
    if tells_of_deletions(report) or speaks(report, RemarkKind.IN_NO_ROW):
        return f"{begin}, or after something was deleted, that the service may not tell all usage."
    return f"{begin} that the service may have forgotten some of {their} usage."


def tells_of_deletions(report: Report) -> bool:
    """Whether it is said of a report that something was deleted, which counts or lacks."""
    return speaks(report, RemarkKind.DELETED) or speaks(report, RemarkKind.LEFT_OUT)


def _unattributed(report: Report) -> str:
    asked = report.question
    before = ", before filters" if asked.where or asked.job_name_contains else ""
    return f"Unattributed{before}: {money(report.unattributed_cost_usd)}. {unattributed(report)}"


def unattributed(report: Report) -> str:
    """What is in no row, with the reason; where history speaks of it, that is said there."""
    return f"{_IN_NO_ROW}." if speaks(report, RemarkKind.IN_NO_ROW) else UNATTRIBUTED


def short(stretches: Sequence[Window], zone: Zone, more_usd: float) -> Remark:
    """Days whose total is less than another cut of history, and by how much these rows are more."""
    rows = f" These rows hold {money(more_usd)} more than it." if more_usd else ""
    text = (
        f"On {moments.in_days(stretches, zone).words} ({moments.stretches(stretches, zone)}) "
        "history has more by another breakdown than there is in the total by usage type, which is "
        f"not whole: it was lost or written over.{rows}"
    )
    return Remark(RemarkKind.DOUBTFUL, text)


class Ground(StrEnum):
    """Why a report has no rows."""

    NO_TIME = "no time"
    NO_SCOPE = "no scope"
    UNKNOWN = "unknown"
    FILTERED = "filtered"
    NOT_IN_ROWS = "not in rows"
    PARTLY_KNOWN = "partly known"
    SO_FAR = "so far"
    NOTHING_RAN = "nothing ran"


NOTHING = {
    Ground.NO_TIME: NOT_YET.text,
    Ground.UNKNOWN: (
        "Nothing is known of these days: the service reports no usage, but it may have forgotten "
        "what there was."
    ),
    Ground.FILTERED: "Nothing in this window matches the filters.",
    Ground.NOT_IN_ROWS: "What ran in this window is in no row of this breakdown.",
    Ground.PARTLY_KNOWN: "Nothing ran on those days of this window that are known.",
    Ground.SO_FAR: "Nothing has been counted in this window so far; work of its days still may be.",
    Ground.NOTHING_RAN: "Nothing ran in this window.",
}
"""What is said in place of rows."""
MATCHES_NOTHING = "Nothing that is known of this window matches the filters."
_OF_NUMBERS = (
    *(RemarkKind.BASIS, RemarkKind.SCALE_FACTOR, RemarkKind.OTHER_FACTOR),
    *(RemarkKind.PRELIMINARY, RemarkKind.NOTHING),
)
"""What goes without saying where there are no numbers."""


@dataclass(frozen=True)
class Nothing:
    """What is said in place of a report's rows; and what is to be said beside that."""

    ground: Ground
    text: str
    remarks: tuple[Remark, ...]


def of_nothing(report: Report) -> Nothing:
    """What is said of a report that has no rows, nothing of it twice."""
    ground = _ground(report)
    why = [remark.text for remark in report.remarks if remark.kind is RemarkKind.NOTHING]
    unsaid = _OF_NUMBERS if ground is not Ground.UNKNOWN else (*_OF_NUMBERS, RemarkKind.UNKNOWN)
    others = tuple(remark for remark in of(report) if remark.kind not in unsaid)
    return Nothing(ground, why[0] if why else _in_words(ground, report), others)


def _in_words(ground: Ground, report: Report) -> str:
    if ground is not Ground.FILTERED:
        return NOTHING[ground]
    may_match = may_be_more(report) or report.leaves_out
    text = MATCHES_NOTHING if may_match else NOTHING[ground]
    asked = report.question.values(Dimension.USAGE_TYPE) or frozenset()
    strange = asked.difference(USAGE_TYPES, report.total_by_usage_type, {MISSING})
    return f"{text} {_strange(strange)}" if strange else text


def _strange(usage_types: Collection[str]) -> str:
    """Of usage types that nothing is known of."""
    return (
        f"No usage type {' or '.join(sorted(usage_types))} is known; the service’s model names "
        f"{', '.join(USAGE_TYPES)}."
    )


def _ground(report: Report) -> Ground:
    start = report.question.window.start
    if report.as_of <= start:
        return Ground.NO_TIME
    if any(remark.kind is RemarkKind.NOTHING for remark in report.remarks):
        return Ground.UNKNOWN if report.unknown else Ground.NO_SCOPE
    may_change_from = report.preliminary_from or report.as_of
    if may_change_from > start and _known_from(report) >= may_change_from:
        return Ground.UNKNOWN
    found = {
        Ground.FILTERED: _is_filtered(report),
        Ground.NOT_IN_ROWS: report.leaves_out,
        Ground.PARTLY_KNOWN: is_at_least(report),
        Ground.SO_FAR: may_change_from <= start,
    }
    return next((ground for ground, is_so in found.items() if is_so), Ground.NOTHING_RAN)


def _is_filtered(report: Report) -> bool:
    """Whether filters may be why; not so where the total has usage of the types that are kept."""
    asked = report.question
    kinds = asked.values(Dimension.USAGE_TYPE) or frozenset()
    is_of_types = {one.dimension for one in asked.where} == {Dimension.USAGE_TYPE}
    if is_of_types and not asked.job_name_contains and report.leaves_out:
        return not kinds & report.total_by_usage_type.keys()
    return bool(asked.where or asked.job_name_contains)


def _known_from(report: Report) -> datetime:
    """Until when, from the window's start on, nothing is known."""
    known_from = report.question.window.start
    for one in report.unknown:
        known_from = one.end if one.start <= known_from else known_from
    return known_from
