"""Pages as somebody writes them by hand in Streamlit, with the parts of ours, given their numbers.

`streamlit run benchmarks/by_hand.py`, with a folder of numbers in BY_HAND: it knows no farm, asks
nothing, keeps what it was given, and draws it.
"""

from __future__ import annotations

import base64
import json
import os
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import plotly.graph_objects as go
import pyarrow as pa
import streamlit as st

ASIDE = 5
"""The last of a page's words stand in the sidebar: its sections, and what is said of two links."""


@st.cache_data
def given(page: str) -> dict[str, Any]:
    """The page's numbers and words."""
    found: dict[str, Any] = json.loads(
        (Path(os.environ["BY_HAND"]) / f"{page}.json").read_text("utf-8")
    )
    for table in found["tables"]:
        data = base64.b64decode(table["rows"])
        table["rows"] = pa.ipc.open_stream(data).read_pandas()
        table["columns"] = json.loads(table["columns"])
    return found


def top(page: dict[str, Any]) -> None:
    """The title, and what is shown."""
    title, words = page["headings"][0], page["words"]
    st.title(title, anchor=False)
    st.caption(words[0])
    with st.container(horizontal=True):
        st.markdown(words[1])
        st.markdown(words[2])


def metrics(page: dict[str, Any]) -> None:
    """All numbers in a row."""
    with st.container(horizontal=True):
        for one in page["metrics"]:
            st.metric(
                one["label"],
                one["value"],
                delta=one["delta"],
                help=one["help"],
                chart_data=one["line"],
                chart_type="bar",
                border=True,
            )


def chart(drawn: dict[str, Any], key: str) -> None:
    """Bars of given lengths and colours, which can be clicked."""
    bars = [go.Bar(marker_color=bar.get("color"), **bar["bar"]) for bar in drawn["bars"]]
    figure = go.Figure(bars)
    figure.update_layout(height=drawn["height"], barmode=drawn["mode"], annotations=drawn["notes"])
    st.plotly_chart(figure, key=key, alt=drawn["alt"], on_select="rerun", selection_mode="points")


def captions(page: dict[str, Any], after: int) -> None:
    """The words that are left, in small print."""
    for said in page["words"][after:-ASIDE]:
        st.caption(said)


def overview() -> None:
    """Tiles, cost over time, and three rankings."""
    page = given("overview")
    top(page)
    metrics(page)
    with st.container(horizontal=True):
        st.subheader(page["headings"][1], anchor=False)
        st.selectbox("Stacked by", page["options"]["selectbox/Stacked by"], key="stacked")
    over_time, *rankings = page["charts"]
    chart(over_time, "over_time")
    for n, column in enumerate(st.columns(3)):
        with column:
            st.subheader(page["headings"][2 + n], anchor=False)
            chart(rankings[n], f"ranking_{n}")
    captions(page, 3)
    beside(page)


def breakdown(name: str) -> None:
    """A ranking, bars over time, and a table."""
    page = given(name)
    top(page)
    st.segmented_control("Show", page["options"]["button_group/Show"], key="show")
    metrics(page)
    left, right = st.columns([2, 3])
    for n, column in enumerate((left, right)):
        with column:
            st.subheader(page["headings"][1 + n], anchor=False)
            chart(page["charts"][n], f"chart_{n}")
    st.subheader(page["headings"][3], anchor=False)
    (table,) = page["tables"]
    st.dataframe(
        table["rows"],
        hide_index=True,
        column_config=table["columns"],
        on_select="rerun",
        selection_mode="single-row",
        key="table",
    )
    st.download_button("Download CSV", table["rows"].to_csv, on_click="ignore")
    captions(page, 3)
    beside(page)


def users() -> None:
    """By user."""
    breakdown("users")


def jobs() -> None:
    """By job."""
    breakdown("jobs")


def beside(page: dict[str, Any]) -> None:
    """The sidebar: links to pages, and what can be chosen."""
    options, words, links = page["options"], page["words"][-ASIDE:], page["links"]
    with st.sidebar:
        for section, its_links in zip(words, (links[:6], links[6:8], links[8:]), strict=False):
            st.caption(section)
            for link in its_links:
                st.page_link(
                    PAGES.get(link["page"], PAGES[""]),
                    label=link["label"],
                    icon=link["icon"],
                    query_params=parse_qs(link["query"]),
                )
        st.selectbox("Farm", options["selectbox/Farm"], key="farm")
        st.segmented_control("Count by", options["button_group/Count by"], key="count_by")
        st.multiselect("Queues", options["multiselect/Queues"], key="queues")
        st.selectbox("Window", options["selectbox/Window"], key="window")
        st.date_input("Days", (date(2026, 10, 2), date(2026, 10, 31)), key="days")
        st.selectbox("Charts by", options["selectbox/Charts by"], key="charts_by")
        st.text_input("Job name contains", key="job_name")
        st.expander("More filters")
        with st.container(horizontal=True):
            st.button("Refresh", key="refresh")
            with st.popover("Share"):
                for said, code in zip(words[3:], page["code"], strict=True):
                    st.caption(said)
                    st.code(code, language=None, wrap_lines=True)


PAGES = {
    "": st.Page(overview, title="Overview", default=True),
    "users": st.Page(users, title="Users", url_path="users"),
    "jobs": st.Page(jobs, title="Jobs", url_path="jobs"),
}
st.set_page_config(page_title="By hand", layout="wide")
st.navigation(list(PAGES.values()), position="hidden").run()
