"""Months and years: each month's sum, years beside one another, twelve months running. Pure.

A month that the window begins within is never shown as a month, and no sum that would need it is
made: what is not known is None, and not a number that is too low.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from stats.model import Window
from stats.zone import Zone
from ui.made_once import made_once
from ui.presets import calendar_start

_A_YEAR = 12


def first_day(today: date, chosen: date) -> date:
    """Where months and years begin: two years before this one, or where a window is `chosen` to.

    That is the calendar's and not history's: a link shows the same to whoever opens it.
    """
    return min(calendar_start(today, _A_YEAR, back=2), chosen)


@dataclass(frozen=True)
class Month:
    """A month's sum, in the unit of its column. `late`: the window begins within it; `open`: its

    end is still to come. `unknown`: of none of its days anything is known; `lacking`: some are
    doubtful or not known, so that it is at least the sum. `growing`: it has preliminary days.
    """

    first: date
    value: float
    late: bool = False
    open: bool = False
    lacking: bool = False
    unknown: bool = False
    growing: bool = False

    @property
    def known(self) -> bool:
        """Whether the sum is all of the month, as far as it is over."""
        return not (self.late or self.lacking or self.unknown)

    @property
    def after(self) -> date:
        """The first day of the next one."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def grows(self) -> bool:
        """Whether it is not over, or some of its days may still change."""
        return self.open or self.growing

    @property
    def whole(self) -> bool:
        return self.known and not self.open


@dataclass(frozen=True)
class Course:
    """All months of a window, on end and in order. `begins` is the window's first day."""

    months: tuple[Month, ...]
    begins: date

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        column: str,
        window: Window,
        as_of: datetime,
        zone: Zone,
        doubtful: Sequence[Window] = (),
        unknown: Sequence[Window] = (),
    ) -> Course:
        """From rows by month (`period_start`, and a column of sums), as far as data goes.

        `doubtful` and `unknown` are stretches as a report has them.
        """
        starts = [calendar_start(zone.day(at), 1) for at in table["period_start"]]
        values = dict(table.groupby(starts)[column].agg(math.fsum).items())
        months, first = [], calendar_start(zone.day(window.start), 1)
        while zone.midnight(first) < as_of:
            after = (first + timedelta(days=32)).replace(day=1)
            start, end = zone.midnight(first), zone.midnight(after)
            there = Window(max(start, window.start), min(end, as_of))
            nothing, lacking = _unsure(there, doubtful, unknown)
            is_so = start < window.start, as_of < end, lacking, nothing
            months.append(Month(first, values.get(first, 0.0), *is_so))
            first = after
        return cls(tuple(months), zone.day(window.start))

    def preliminary(self, since: datetime | None, zone: Zone) -> Course:
        """The same, whose days from then on may still change; None: none will."""
        day = zone.day(since) if since else date.max
        months = tuple(replace(month, growing=day < month.after) for month in self.months)
        return replace(self, months=months)

    @property
    def years(self) -> tuple[int, ...]:
        """Every year that a month is known of, in order."""
        return tuple(
            dict.fromkeys(m.first.year for m in self.months if m.late is m.unknown is False)
        )

    @property
    def last_over(self) -> tuple[Month, ...]:
        """The last twelve months that are over, or as many as there are, whatever is known."""
        return tuple(m for m in self.months if not (m.open or m.late))[-_A_YEAR:]

    @property
    def last_whole(self) -> Month | None:
        """The last month that is over."""
        return next((month for month in reversed(self.months) if month.whole), None)

    @property
    def largest(self) -> Month | None:
        """The month of the largest sum; also one that is not all there, since it can only be more.

        None where nothing ran. Others may have had more, unless it `is_largest`.
        """
        largest = max(self.months, key=lambda month: month.value, default=None)
        return largest if largest and largest.value > 0 else None

    def is_largest(self, month: Month) -> bool:
        """Whether no other month can have had more: all is known of them, or they are less."""
        others = (one for one in self.months if one != month)
        return not any(one.lacking or one.unknown or one.late for one in others)

    def of_year(self, year: int) -> list[float | None]:
        """January to December; None where a month is not known or still to come."""
        found = {m.first: m.value for m in self.months if m.late is m.unknown is False}
        return [found.get(date(year, month, 1)) for month in range(1, _A_YEAR + 1)]

    def at_least(self, year: int) -> list[bool]:
        """January to December: whether a month is at least its sum."""
        found = {m.first for m in self.months if m.lacking}
        return [date(year, month, 1) in found for month in range(1, _A_YEAR + 1)]

    def so_far(self, year: int) -> list[str]:
        """January to December: " to date" and the like of a month that may change, else ""."""
        found = {m.first: " to date" if m.open else ", preliminary" for m in self.months if m.grows}
        return [found.get(date(year, month, 1), "") for month in range(1, _A_YEAR + 1)]

    def not_known(self, year: int) -> list[bool]:
        """January to December: whether nothing is known of a month."""
        found = {m.first for m in self.months if m.unknown}
        return [date(year, month, 1) in found for month in range(1, _A_YEAR + 1)]

    def cumulative(self, year: int) -> list[float | None]:
        """The year's sum up to each month; None from the first month on that is not known."""
        sums: list[float | None] = []
        pairs = zip(self.of_year(year), self.at_least(year), strict=True)
        months = [None if lacking else value for value, lacking in pairs]
        for n, value in enumerate(months):
            known = value is not None and (n == 0 or sums[-1] is not None)
            sums.append(math.fsum(v or 0.0 for v in months[: n + 1]) if known else None)
        return sums

    def total(self, year: int) -> float | None:
        """The year's sum, to date where it is not over; None where a month before is not known."""
        if not all(month.known for month in self.months if month.first.year == year):
            return None
        return next((sum_ for sum_ in reversed(self.cumulative(year)) if sum_ is not None), None)

    def running(self) -> list[float | None]:
        """At each month, the twelve that end with it; None unless all twelve are whole."""
        ends = range(1, len(self.months) + 1)
        spans = [self.months[max(end - _A_YEAR, 0) : end] for end in ends]
        return [
            math.fsum(m.value for m in span)
            if len(span) == _A_YEAR and all(m.whole for m in span)
            else None
            for span in spans
        ]

    def last_twelve(self, years_back: int = 0) -> float | None:
        """The twelve months that end with the last whole one, or the twelve so many years back."""
        whole = [n for n, month in enumerate(self.months) if month.whole]
        end = (whole[-1] if whole else -1) - _A_YEAR * years_back
        return self.running()[end] if end >= 0 else None

    def month_name(self, month: Month) -> str:
        """Mar 2024, or what of it there is: Mar 2024 from 14 Mar, Nov 2026 to date."""
        since = f" from {self.begins.day} {self.begins:%b}" if month.late else ""
        to_date = " to date" if month.open else ""
        return f"{month.first:%b %Y}{since}{to_date}{_more(month.lacking)}"

    def year_name(self, year: int) -> str:
        """2026, or what of it there is: 2024 from 14 Mar, 2026 to date."""
        months = [month for month in self.months if month.first.year == year]
        begun = self.begins.year == year and self.begins > date(year, 1, 1)
        since = f" from {self.begins.day} {self.begins:%b}" if begun else ""
        unsure = any(month.lacking or month.unknown for month in months)
        return f"{year}{since}{' to date' if self.goes_on(year) else ''}{_more(unsure)}"

    def goes_on(self, year: int) -> bool:
        """Whether months of a year are still to come, or one of them is not over."""
        months = [month for month in self.months if month.first.year == year]
        return months[-1].open or months[-1].first.month < _A_YEAR


def _more(unsure: bool) -> str:
    return ", at least" if unsure else ""


def _unsure(of: Window, doubtful: Sequence[Window], unknown: Sequence[Window]) -> tuple[bool, bool]:
    """Of a stretch of time: whether nothing is known of it; and if some is, whether not all is."""
    gap = sum((_common(one, of) for one in unknown), timedelta())
    some = sum((_common(one, of) for one in doubtful), timedelta())
    nothing = gap >= of.end - of.start
    return nothing, bool(gap or some) and not nothing


def _common(one: Window, other: Window) -> timedelta:
    return max(min(one.end, other.end) - max(one.start, other.start), timedelta())


@made_once
def side_by_side(course: Course, least: float = 0.0) -> pd.DataFrame:
    """A row a month of the year and one of whole years, a column a year, the latest first.

    Months that are known of no year have no row. `change` is this year's month against last
    year's, where both are over and that is `least` at least, as a fraction.
    """
    years = course.years[::-1]
    names = [f"{date(2000, month, 1):%b}" for month in range(1, _A_YEAR + 1)]
    table = pd.DataFrame({"month": [*names, "Year"]})
    for year in years:
        column = pd.Series([*course.of_year(year), course.total(year)], dtype="float64")
        table[course.year_name(year)] = column
    if len(years) > 1 and years[0] - years[1] == 1:
        ends = {month.first.month for month in course.months if month.open}
        now, before = (table[course.year_name(year)] for year in years[:2])
        ends |= {month.first.month for month in course.months if month.lacking}
        year_is_open = bool(ends) or course.goes_on(years[0])
        over = ~table.index.isin(
            [month - 1 for month in ends] + ([_A_YEAR] if year_is_open else [])
        )
        table["change"] = (now / before.where((before > 0) & (before >= least)) - 1).where(over)
        if table["change"].isna().all():
            table = table.drop(columns="change")
    known = [course.year_name(year) for year in years]
    return table.dropna(subset=known, how="all").reset_index(drop=True)


@made_once
def by_key(timed: pd.DataFrame, column: str, key: str, course: Course, zone: Zone) -> pd.DataFrame:
    """A row a key, largest first: key, label, `measure`, a column a year, and a column a month.

    Latest first. A column that does not hold all of its month is named so. Sums in the unit of
    `measure`, zero where nothing ran. What nothing is known of has no column, and a year has one
    where all of its months are known, as in the table of years.
    """
    rows = timed.assign(month=[calendar_start(zone.day(at), 1) for at in timed["period_start"]])
    wide = rows.pivot_table(index=key, columns="month", values=column, aggfunc="sum", sort=False)
    wide = wide.reindex(columns=[month.first for month in course.months]).fillna(0.0)
    named = dict(zip(timed[key], timed["label"], strict=True))
    table = pd.DataFrame({key: wide.index, "label": [named[k] for k in wide.index]})
    table["measure"] = column
    there = [month for month in course.months if not month.unknown]
    years = dict.fromkeys(month.first.year for month in reversed(there))
    for year in (one for one in years if course.total(one) is not None):
        of_year = [month.first for month in course.months if month.first.year == year]
        table[course.year_name(year)] = wide[of_year].sum(axis=1).to_numpy()
    for month in reversed(there):
        table[course.month_name(month)] = wide[month.first].to_numpy()
    order = np.argsort(-wide.sum(axis=1).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)
