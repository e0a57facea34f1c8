"""Months and years: each month's sum, years beside one another, twelve months running. Pure.

A month that the window begins within is never shown as a month, and no sum that would need it is
made: what is not known is None, and not a number that is too low.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from stats.model import Window
from stats.zone import Zone
from ui.presets import calendar_start

_A_YEAR = 12


def first_day(today: date, since: date | None, chosen: date) -> date:
    """Where months and years begin: two years back, and no earlier than history does.

    Without history it is three months back, or four. A window that is `chosen` to begin earlier
    takes them there.
    """
    asked_for_anyway = calendar_start(today - timedelta(days=89), 1)
    known = min(since or today, asked_for_anyway)
    return min(max(calendar_start(today, _A_YEAR, back=2), known), chosen)


@dataclass(frozen=True)
class Month:
    """A month's sum, in the unit of its column. `late`: the window begins within it; `open`: its

    end is still to come.
    """

    first: date
    value: float
    late: bool = False
    open: bool = False

    @property
    def whole(self) -> bool:
        return not self.late and not self.open


@dataclass(frozen=True)
class Course:
    """All months of a window, on end and in order. `begins` is the window's first day."""

    months: tuple[Month, ...]
    begins: date

    @classmethod
    def of(
        cls, table: pd.DataFrame, column: str, window: Window, as_of: datetime, zone: Zone
    ) -> Course:
        """From rows by month (`period_start`, and a column of sums), as far as data goes."""
        starts = [calendar_start(zone.day(at), 1) for at in table["period_start"]]
        values = dict(table.groupby(starts)[column].agg(math.fsum).items())
        months, first = [], calendar_start(zone.day(window.start), 1)
        while zone.midnight(first) < as_of:
            after = (first + timedelta(days=32)).replace(day=1)
            late, is_open = zone.midnight(first) < window.start, as_of < zone.midnight(after)
            months.append(Month(first, values.get(first, 0.0), late, is_open))
            first = after
        return cls(tuple(months), zone.day(window.start))

    @property
    def years(self) -> tuple[int, ...]:
        """Every year that a month is known of, in order."""
        return tuple(dict.fromkeys(m.first.year for m in self.months if not m.late))

    @property
    def last_whole(self) -> Month | None:
        """The last month that is over."""
        return next((month for month in reversed(self.months) if month.whole), None)

    @property
    def largest(self) -> Month | None:
        """The month of the largest sum; also one that is not all there, since it can only be more.

        None where nothing ran.
        """
        largest = max(self.months, key=lambda month: month.value, default=None)
        return largest if largest and largest.value > 0 else None

    def of_year(self, year: int) -> list[float | None]:
        """January to December; None where a month is not known or still to come."""
        found = {m.first: m.value for m in self.months if not m.late}
        return [found.get(date(year, month, 1)) for month in range(1, _A_YEAR + 1)]

    def cumulative(self, year: int) -> list[float | None]:
        """The year's sum up to each month; None from the first month on that is not known."""
        sums: list[float | None] = []
        months = self.of_year(year)
        for n, value in enumerate(months):
            known = value is not None and (n == 0 or sums[-1] is not None)
            sums.append(math.fsum(v or 0.0 for v in months[: n + 1]) if known else None)
        return sums

    def total(self, year: int) -> float | None:
        """The year's sum, to date where it is not over; None where a month before is not known."""
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
        return f"{month.first:%b %Y}{since}{to_date}"

    def year_name(self, year: int) -> str:
        """2026, or what of it there is: 2024 from 14 Mar, 2026 to date."""
        months = [month for month in self.months if month.first.year == year]
        begun = self.begins.year == year and self.begins > date(year, 1, 1)
        since = f" from {self.begins.day} {self.begins:%b}" if begun else ""
        return f"{year}{since}{' to date' if months[-1].open else ''}"


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
        over = ~table.index.isin([month - 1 for month in ends] + ([_A_YEAR] if ends else []))
        table["change"] = (now / before.where((before > 0) & (before >= least)) - 1).where(over)
    known = [course.year_name(year) for year in years]
    return table.dropna(subset=known, how="all").reset_index(drop=True)


def by_key(timed: pd.DataFrame, column: str, key: str, course: Course, zone: Zone) -> pd.DataFrame:
    """A row a key, largest first: key, label, `measure`, a column a year, and a column a month.

    Latest first. A column that does not hold all of its year or month is named so. Sums in the
    unit of `measure`, zero where nothing ran.
    """
    rows = timed.assign(month=[calendar_start(zone.day(at), 1) for at in timed["period_start"]])
    wide = rows.pivot_table(index=key, columns="month", values=column, aggfunc="sum", sort=False)
    wide = wide.reindex(columns=[month.first for month in course.months]).fillna(0.0)
    named = dict(zip(timed[key], timed["label"], strict=True))
    table = pd.DataFrame({key: wide.index, "label": [named[k] for k in wide.index]})
    table["measure"] = column
    for year in dict.fromkeys(month.first.year for month in reversed(course.months)):
        of_year = [month.first for month in course.months if month.first.year == year]
        table[course.year_name(year)] = wide[of_year].sum(axis=1).to_numpy()
    for month in reversed(course.months):
        table[course.month_name(month)] = wide[month.first].to_numpy()
    order = np.argsort(-wide.sum(axis=1).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)
