"""The page that tells where the numbers come from."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from stats import remarks
from stats.errors import FarmCostsError
from stats.model import Dimension, Report
from stats.record import RunRecord
from stats.zone import data_version
from ui import blocks, empty, listings, numbers, seen, session, text
from ui import columns as in_files
from ui import format as written
from ui.session import Sight


def estimate(sight: Sight) -> None:
    """What the money is an estimate of."""
    st.subheader("An estimate, not a bill", anchor=False)
    st.markdown(written.markdown(text.BASIS_DETAIL))
    with session.telling(sight.reporter.names) as names:
        scale = names.cost_scale_factor(sight.farm.id)
    if scale is None:
        said = remarks.SCALE_UNREAD
    elif scale == 1:
        said = "The farm’s cost scale factor is 1: the figures are as AWS estimates them."
    else:
        said = f"The farm’s cost scale factor is {scale:g}. It is already in all figures."
    st.markdown(written.markdown(said))


def scope(sight: Sight) -> None:
    """What the figures are about, and what is not among it."""
    st.subheader("What is counted", anchor=False)
    kind = text.WORDS[sight.view.scope]
    lines = [
        f"The farm’s {kind.plural} as they are now. The service answers for those that are asked "
        f"about, so the work of a {kind.singular} that was deleted since is left out, except on "
        "days that are in history."
    ]
    if sight.view.scope is Dimension.QUEUE:
        lines.append("Storage volumes belong to fleets, so they show when fleets are counted.")
    st.markdown("\n".join(f"- {written.markdown(line)}" for line in lines))


def window(sight: Sight) -> None:
    """What stretch of time the figures cover, and which days may still change."""
    st.subheader("Which time", anchor=False)
    zone, last = sight.zone, min(sight.reporter.as_of(), sight.window.end)
    lines = [
        f"Days begin and end in the time zone {zone.name}; all who share a link see the same days.",
        f"Clock changes are known from time zone data {data_version()}.",
        f"Figures end with the last full hour: {written.when(last, zone)}.",
    ]
    if zone.snapped_between(sight.window.start, sight.window.end):
        hours = zone.offset_hours(sight.window.start)
        lines.append(f"The service takes whole hours only: days are counted at UTC{hours:+03d}:00.")
    since = sight.reporter.preliminary_from(sight.window, zone)
    if since:
        lines.append(
            f"From {written.when(since, zone)} on figures are preliminary: "
            "work of the last days may still be counted, so they can grow."
        )
    else:
        lines.append("All days of this window are settled.")
    st.markdown("\n".join(f"- {written.markdown(line)}" for line in lines))


def totals(sight: Sight) -> None:
    """The total by usage type, and what no user, job or instance type accounts for."""
    st.subheader("The total", anchor=False)
    try:
        whole = blocks.asked(sight, sight.question(Dimension.USAGE_TYPE, without_filters=True))
    except FarmCostsError as error:
        blocks.trouble(error)  # what was asked, below, tells more of a bad day
        return
    if not whole.total_by_usage_type:
        empty.why(whole)
        return
    rows = [
        {
            "usage_type": text.usage_type_name(usage_type),
            "cost_usd": usage.cost_usd.sum,
            "runtime_seconds": usage.runtime_seconds.sum,
            "count": usage.count,
        }
        for usage_type, usage in whole.total_by_usage_type.items()
    ]
    number, table = st.column_config.NumberColumn, pd.DataFrame(rows)
    columns = {
        "usage_type": st.column_config.TextColumn("Usage type"),
        "cost_usd": number("Cost", format=numbers.money(table, "cost_usd")),
        "runtime_seconds": number("Hours", format=numbers.hours(table, "runtime_seconds")),
        "count": number("Records", format=numbers.COUNT),
    }
    file = partial(in_files.totals, whole)
    listings.listing(sight, table, file, "totals", "Total by usage type", columns)
    blocks.beside(sight, whole)
    st.caption(
        "Compute and licence hours meter the same hours, so they are never added up. "
        "Every breakdown is held against this total; what it leaves out is shown as unattributed."
    )
    if sight.view.where or sight.view.job_text:
        st.caption("This is the total before filters: they are not applied to it.")
    _unattributed(sight)


def runs(sight: Sight) -> None:
    """Every aggregation that was asked of the service of late, and what became of it."""
    st.subheader("Asked of the service", anchor=False)
    records = sight.reporter.records(sight.farm.id)
    if not records:
        st.caption("Nothing has been asked yet: open another page first.")
        return
    st.caption(
        "The last aggregations on this farm, whoever asked, and whether they are behind what you "
        "saw last. Answers are kept for some minutes."
    )
    yours = {record for report in _seen(sight) for record in report.runs}
    table = pd.DataFrame([_run(sight, one, yours=one in yours) for one in reversed(records)])
    if not table["Error"].any():
        table = table.drop(columns="Error")
    config = st.column_config
    columns = {
        "Yours": config.CheckboxColumn(help="Behind what you saw last"),
        "Asked": config.DatetimeColumn(
            format="HH:mm:ss", timezone=sight.zone.name, help="The CSV has the day too"
        ),
        "Error": config.TextColumn(width=220),
        "Queued": _seconds("Seconds behind other aggregations of Farm Costs"),
        "Waited": _seconds("Seconds of waiting for other aggregations to end"),
        "Ran": _seconds("Seconds until the service was done"),
        "Read": _seconds("Seconds until the last page was read"),
        "Retries": config.NumberColumn(format=numbers.COUNT, help="Calls that were made once more"),
        "Pages": config.NumberColumn(format=numbers.COUNT),
        "Rows": config.NumberColumn(format=numbers.COUNT),
    }
    file = partial(in_files.runs, records[::-1], yours)
    listings.listing(sight, table, file, "runs", "Aggregations on this farm", columns)


def _seconds(said: str) -> ColumnConfig:
    return st.column_config.NumberColumn(format=numbers.SECONDS, help=said)


def _seen(sight: Sight) -> list[Report]:
    return [report for report in seen.reports() if report.question.farm_id == sight.farm.id]


def _unattributed(sight: Sight) -> None:
    """What the breakdowns that were seen last leave out of the total."""
    left_out = [report for report in _seen(sight) if report.leaves_out]
    if not left_out:
        st.caption("Nothing is unattributed in what you saw last.")
    for report in left_out:
        by = ", ".join(text.WORDS[d].singular for d in report.question.by)
        days = written.days(report.question.window, sight.zone)
        cost = written.usd_exact(report.unattributed_cost_usd)
        st.caption(written.markdown(f"Unattributed by {by}, {days}: {cost}."))


def _run(sight: Sight, record: RunRecord, *, yours: bool) -> dict[str, object]:
    return {
        "Yours": yours,
        "Asked": record.asked_at.replace(microsecond=0),
        "Outcome": record.fate.value,
        "Error": record.error,
        "By": " × ".join(text.WORDS[d].singular for d in record.by)
        + (", by hour" if record.hourly else ""),
        "Of": text.counted(record.resource, record.resources),
        "Window": written.days(record.window, sight.zone),
        "Queued": round(record.queued_seconds, 1),
        "Waited": round(record.waited_seconds, 1),
        "Ran": round(record.running_seconds, 1),
        "Read": round(record.reading_seconds, 1),
        "Retries": record.retries,
        "Pages": record.pages,
        "Rows": record.rows,
    }
