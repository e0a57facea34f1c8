"""Questions about a remembered farm, and what has to hold of each answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, product

import pandas as pd
from hypothesis import strategies as st

from stats.dayfile import Shelf
from stats.errors import NotFound, Unanswerable
from stats.knowledge import Knowledge
from stats.model import Dimension, FarmId, Filter, Period, Question, Report, Scope, Window
from stats.plan import YARDSTICK
from stats.report import Reporter
from tests.stats.remembering import (
    COUNTED,
    FARM,
    FLEET,
    QUEUE,
    REMEMBERED,
    TYPE,
    Kept,
    Studio,
    by_type,
    in_cents,
    named,
    person,
    sums,
    within,
)

D = Dimension
BREAKDOWNS = (
    *(some for size in (0, 1, 2) for some in combinations(D, size)),
    *((D.JOB, D.USER, D.QUEUE), (D.JOB, D.QUEUE, D.INSTANCE_TYPE), (D.FLEET, D.JOB, D.USER)),
)
FILTERS: tuple[Mapping[Dimension, str], ...] = (
    *({}, {}, {}, {D.USER: person(1)}, {D.JOB: named("job", 2)}),
    *({TYPE: "COMPUTE"}, {D.INSTANCE_TYPE: "c5.4xlarge"}),
)
_LEAST = {QUEUE: 3, FLEET: 2}


@dataclass(frozen=True)
class Asking:
    """What is asked: days by how far back they are; of all queues (or fleets) where `some` are 0.

    `some` are bits: which of those that there ever were.
    """

    by: tuple[Dimension, ...]
    resource: Dimension
    some: int
    where: Mapping[Dimension, str]
    name: str
    period: Period
    back: int
    days: int

    def ids(self, studio: Studio) -> tuple[str, ...]:
        every = [named(self.resource.value, n) for n in range(_LEAST[self.resource])]
        some = [one for n, one in enumerate(every) if self.some >> n & 1]
        return tuple(some or sorted(studio.listed[self.resource]))

    @property
    def shelf(self) -> Shelf:
        """Where history has the total of it."""
        apart = (self.resource,) if self.some else ()
        return Shelf(FARM, self.resource, (*apart, *YARDSTICK.by))

    def window(self, studio: Studio) -> Window:
        last = max(0, self.back - self.days + 1)
        return Window(studio.day(self.back).start, studio.day(last).end)

    def days_of(self, studio: Studio) -> list[Window]:
        last = max(0, self.back - self.days + 1)
        return [studio.day(back) for back in range(self.back, last - 1, -1)]

    def question(self, studio: Studio) -> Question:
        return Question(
            FarmId(FARM),
            Scope(self.resource, self.ids(studio), whole=not self.some),
            self.window(studio),
            studio.zone.name,
            self.by,
            tuple(Filter(d, frozenset({value})) for d, value in self.where.items()),
            self.name,
            self.period,
        )


def asked() -> st.SearchStrategy[Asking]:
    """Any question."""
    return st.builds(
        Asking,
        by=st.sampled_from(BREAKDOWNS),
        resource=st.sampled_from(COUNTED),
        some=st.sampled_from([0, 0, 0, 1, 2, 3]),
        where=st.sampled_from(FILTERS),
        name=st.sampled_from(["", "", "", "SHOT_1"]),
        period=st.sampled_from([Period.DAILY, Period.TOTAL]),
        back=st.sampled_from([3, 5, 6, 8, 12, 16, 20]),
        days=st.integers(1, 9),
    )


Keep = Mapping[Shelf, Kept]


def holds(
    reporter: Reporter,
    asking: Asking,
    studio: Studio,
    kept: Keep,
    placed: Mapping[tuple[Dimension, Window], int],
) -> None:
    """Asks, and fails where anything of the answer is not so."""
    gone = set(asking.ids(studio)) - studio.listed[asking.resource].keys()
    try:
        report = reporter.ask(asking.question(studio))
    except Unanswerable:
        assert len(asking.by) + len(asking.where) + bool(asking.name) + bool(asking.some) > 2
        return
    except NotFound:
        assert gone, "nothing was deleted"
        return
    silent = gone == set(asking.ids(studio)) and report.table.empty
    if not silent or report.total_by_usage_type:
        _totals_hold(report, asking, studio, kept)
        _adds_up(report, asking)
        if not asking.some:
            _is_known(report, asking, studio, kept)
            _is_placed(report, asking, studio, placed)
    _rows_hold(report, asking, studio)
    _nothing_is_where_nothing_is_known(report)


def _totals_hold(report: Report, asking: Asking, studio: Studio, kept: Keep) -> None:
    """The total of each usage type is history's, or the service's where that is more."""
    found = {kind: in_cents(one.cost_usd.sum) for kind, one in report.total_by_usage_type.items()}
    may: dict[str, set[int]] = {}
    for day in asking.days_of(studio):
        now, was = _now(asking, studio, day), _was(asking, studio, kept, day)
        for kind in now.keys() | (was or {}).keys():
            tells = now.get(kind, 0)
            one = {tells} if was is None else {was.get(kind, 0), max(was.get(kind, 0), tells)}
            may[kind] = {a + b for a in may.get(kind, {0}) for b in one}
    for kind in found.keys() | may.keys():
        right = may.get(kind, {0})
        assert found.get(kind, 0) in right, f"{kind}: {found.get(kind, 0)} is none of {right}"


def _now(asking: Asking, studio: Studio, day: Window) -> dict[str, int]:
    ids = set(asking.ids(studio))
    tells = {c: some for c, some in studio.tells(asking.resource, day).items() if c[0] in ids}
    return by_type(sums(tells))


def _was(asking: Asking, studio: Studio, kept: Keep, day: Window) -> dict[str, int] | None:
    ids, cells = set(asking.ids(studio)), kept[asking.shelf].cells.get(day)
    if cells is None:
        return None
    return by_type({c: cost for c, cost in cells.items() if not asking.some or c[0] in ids})


def _adds_up(report: Report, asking: Asking) -> None:
    """Rows and what is unattributed are the total; where rows hold more, that is said."""
    if asking.where or asking.name:
        return
    total = sum(one.cost_usd.sum for one in report.total_by_usage_type.values())
    rows = float(report.table["cost_usd_sum"].sum())
    if abs(total - rows - report.unattributed_cost_usd) > 0.005:
        raise AssertionError(f"{rows} and {report.unattributed_cost_usd} are not {total}")
    if rows > total + 0.005:
        assert any("more than" in note for note in report.notes), "that is not said"


def _rows_hold(report: Report, asking: Asking, studio: Studio) -> None:
    """Each row holds records of its keys and its period, in the scope and within the filters."""
    if set(asking.by) <= {TYPE} and not asking.where and not asking.name:
        return  # the total, which may be put together of several
    ids = set(asking.ids(studio)) if asking.some else None
    for row in report.table.to_dict("records"):
        some = within(in_cents(row["cost_usd_sum"]), studio.ran)
        assert row["count"] == len(some), f"{row['count']} records are not {len(some)}"
        edges = row["period_start"], row["period_end"]
        for one in some:
            assert edges[0] <= one.at < edges[1], f"{one} is not of {edges}"
            assert all(one.keys[d] == row[d.column] for d in asking.by), f"{one} is not of {row}"
            assert all(one.keys[d] == value for d, value in asking.where.items()), one
            assert ids is None or one.keys[asking.resource] in ids, f"{one} is out of scope"
        for edge, one in (("min", some[:1]), ("max", some[-1:])):
            told = row[f"cost_usd_{edge}"]
            assert pd.isna(told) or [in_cents(told)] == [record.cents for record in one]


def _is_placed(
    report: Report,
    asking: Asking,
    studio: Studio,
    placed: Mapping[tuple[Dimension, Window], int],
) -> None:
    """What was collected in all cuts is in a row of any breakdown by one or two."""
    if len(asking.by) > 2 or asking.where or asking.name or set(asking.by) <= {TYPE}:
        return
    rows = 0
    for cost in report.table["cost_usd_sum"]:
        rows |= in_cents(cost)
    for day in asking.days_of(studio):
        lost = placed.get((asking.resource, day), 0) & ~rows
        assert not lost, f"{within(lost, studio.ran)} were placed once"


def _is_known(report: Report, asking: Asking, studio: Studio, kept: Keep) -> None:
    """Each day is as well known as when it was first asked for says."""
    firsts = list(_firsts(asking, studio, kept))
    for day in asking.days_of(studio):
        found = _found(report, day)
        if not studio.is_settled(day):
            assert found is Knowledge.KNOWN
            continue
        may = set(_may_be_known(day, asking, studio, kept, firsts))
        assert found in may, f"{day} is {found}, not {may}"


def _may_be_known(
    day: Window, asking: Asking, studio: Studio, kept: Keep, firsts: list[datetime | None]
) -> Iterator[Knowledge]:
    now, was = bool(_now(asking, studio, day)), _was(asking, studio, kept, day)
    asked = {kept[asking.shelf].first_asked.get(day, studio.now)}
    if was == {} and now:  # an empty answer that another cut has belied is none
        asked.add(studio.now)
    used = {now} if was is None else {bool(was), bool(was) or now}
    for at, first, has_usage in product(asked, firsts, used):
        late = at > day.end + REMEMBERED
        if not late and (has_usage or (first and day.end > first)):
            yield Knowledge.KNOWN
        else:
            yield Knowledge.DOUBTFUL if has_usage else Knowledge.NOT_KNOWN


def _firsts(asking: Asking, studio: Studio, kept: Keep) -> Iterator[datetime | None]:
    """Where the farm's first day with usage may be taken to begin."""
    known = kept[asking.shelf].cells
    sure = [day.start for day, cells in known.items() if cells]
    late = []
    for day in asking.days_of(studio):
        if _now(asking, studio, day):
            (sure if day not in known else late).append(day.start)
    first = min(sure, default=None)
    yield first
    for one in late:
        yield min(filter(None, (first, one)))


def _found(report: Report, day: Window) -> Knowledge:
    stretches = (report.doubtful, Knowledge.DOUBTFUL), (report.unknown, Knowledge.NOT_KNOWN)
    for some, what in stretches:
        if any(one.start <= day.start and min(day.end, report.as_of) <= one.end for one in some):
            return what
    return Knowledge.KNOWN


def _nothing_is_where_nothing_is_known(report: Report) -> None:
    if report.question.period is not Period.DAILY:
        return
    for start in report.table["period_start"]:
        assert not any(one.start <= start < one.end for one in report.unknown), start
