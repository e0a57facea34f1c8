"""A report as a file: CSV, JSON, Parquet, or a table to read in a terminal.

Files keep full precision; nothing is rounded but in the terminal's table.
"""

from __future__ import annotations

import csv as csv_module
import io
import json
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from stats import grid, moments, remarks
from stats.amounts import usd
from stats.model import Basis, Report, Spread, Usage, Window
from stats.zone import Zone

_UNITS = ("cost_usd", "runtime_seconds")


def csv(report: Report) -> bytes:
    """UTF-8, ISO 8601 instants in UTC, an empty cell where a row lacks a dimension."""
    return csv_of(_with_iso_periods(report.table))


def csv_of(table: pd.DataFrame) -> bytes:
    """Any table as CSV: UTF-8, lines that end with a line feed, an empty cell for NaN."""
    lines: list[str] = []
    writer = csv_module.writer(_Lines(lines))
    writer.writerow(table.columns)
    writer.writerows(table.astype(object).where(table.notna(), "").itertuples(index=False))
    return "".join(lines).encode()


class _Lines:
    """Where a writer of CSV, whose own line end is CRLF, puts rows that end with a line feed.

    The writer quotes a name that holds a part of its line end, so it has to be both characters.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, row: str) -> None:
        self._lines.append(row.removesuffix("\r\n") + "\n")


def parquet(report: Report) -> bytes:
    """The table with its own types: timestamps in UTC, doubles, 64-bit counts."""
    file = io.BytesIO()
    report.table.to_parquet(file, index=False)
    return file.getvalue()


def as_json(report: Report) -> bytes:
    """Records with what is uncertain about them; docs/command-line.md names every member."""
    document = {
        "total": {"count": report.total_count, "cost_usd": _money(report)},
        "total_by_usage_type": [
            {"usage_type": usage_type, **_usage(usage)}
            for usage_type, usage in report.total_by_usage_type.items()
        ],
        "unattributed": {
            "count": report.unattributed_count,
            "cost_usd": {"sum": report.unattributed_cost_usd},
        },
        "as_of": report.as_of.isoformat(),
        "preliminary_from": report.preliminary_from and report.preliminary_from.isoformat(),
        "doubtful": _stretches(report.doubtful),
        "unknown": _stretches(report.unknown),
        "basis": {
            "estimate": "AWS Deadline Cloud usage statistics: public price × run time",
            "cost_scale_factor": report.basis.cost_scale_factor,
            "customer_managed_usd_per_worker_hour": 1.0,
            "assumed_cost_usd": report.basis.assumed_cost_usd,
            "assumed_cost_usd_of": _assumed_of(report.basis),
            "currency": report.basis.currency,
            "source": report.basis.source,
            "lacks_storage_volumes": remarks.lacks_volumes(report),
        },
        "notes": list(remarks.uncertain(report)),
        "records": [_record(row) for row in _with_iso_periods(report.table).to_dict("records")],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _assumed_of(basis: Basis) -> str | None:
    """Which fleets were looked at for what is at an assumed price."""
    if basis.assumed_cost_usd is None:
        return None
    return "all fleets" if basis.assumed_of_all else "fleets listed now or known of history"


def table(report: Report) -> bytes:
    """Rounded and aligned, for reading, in the question's time zone; the summary stands below."""
    rows, zone = report.table, Zone(report.question.timezone)
    starts = rows["period_start"].map(lambda at: moments.minute(at, zone))
    shown = pd.DataFrame({f"from ({zone.name})": starts})
    for column in rows.columns[2 : list(rows.columns).index("count")]:
        shown[column] = rows[column].map(one_line)
    shown["count"] = rows["count"].map("{:,}".format)
    shown["cost USD"] = _written(rows["cost_usd_sum"])
    shown["runtime h"] = _written(rows["runtime_seconds_sum"] / 3600)
    text = grid.lined_up(shown) if len(shown) else remarks.of_nothing(report).text
    below = [line for line in summary(report).splitlines() if line != text]
    return "\n".join([text, "", *below, ""]).encode()


def _written(numbers: pd.Series) -> pd.Series:
    """With two decimals, or as many as the smallest needs."""
    return numbers.map(f"{{:,.{grid.decimals(numbers)}f}}".format)


def summary(report: Report) -> str:
    """What to know about the report besides its rows, a line each; times are of its own zone."""
    at_least = "at least " if remarks.may_be_more(report) else ""
    total = f"{at_least}{usd(report.total_cost_usd.sum)}"
    as_of = moments.stamp(report.as_of, Zone(report.question.timezone))
    return "\n".join(
        [
            f"Total {total} in {report.total_count:,} usage records",
            f"As of {as_of}",
            *(remark.text for remark in remarks.of(report)),
        ]
    )


def _with_iso_periods(rows: pd.DataFrame) -> pd.DataFrame:
    edges = ("period_start", "period_end")
    return rows.assign(**{e: rows[e].map(lambda instant: instant.isoformat()) for e in edges})


def _record(row: dict[Any, Any]) -> dict[str, Any]:
    keys = {k: v for k, v in row.items() if not k.startswith(_UNITS)}
    return {**keys, **{unit: _nested(row, unit) for unit in _UNITS}}


def _nested(row: dict[Any, Any], unit: str) -> dict[str, float | None]:
    numbers = {s: row[f"{unit}_{s}"] for s in ("sum", "min", "max", "avg")}
    return {s: None if math.isnan(n) else n for s, n in numbers.items()}


def _stretches(windows: Sequence[Window]) -> list[dict[str, str]]:
    return [{"start": one.start.isoformat(), "end": one.end.isoformat()} for one in windows]


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "count": usage.count,
        "cost_usd": _spread(usage.cost_usd, usage.count),
        "runtime_seconds": _spread(usage.runtime_seconds, usage.count),
    }


def _money(report: Report) -> dict[str, float | None]:
    return _spread(report.total_cost_usd, report.total_count)


def _spread(spread: Spread, count: int) -> dict[str, float | None]:
    if not count or math.isnan(spread.max):
        return {"sum": spread.sum, "min": None, "max": None, "avg": None}
    return {"sum": spread.sum, "min": spread.min, "max": spread.max, "avg": spread.sum / count}


def one_line(text: str) -> str:
    """Text without line breaks and control characters, which would break a terminal's table."""
    return "".join(c if c.isprintable() else " " for c in text)
