"""The sidebar: which farm, queues or fleets, window, granularity and filters.

Every widget shows the view and writes to it (`ui.session`); none holds a state of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from stats.errors import FarmCostsError, QuestionError
from stats.model import Dimension, Farm, Question
from ui import blocks, link, session, tables, text, widget, windows
from ui import format as written
from ui import view as views
from ui.presets import Preset
from ui.session import Sight
from ui.view import Granularity

T = TypeVar("T")

GRANULARITIES = {
    Granularity.AUTOMATIC: "Automatic",
    Granularity.HOURLY: "Hours",
    Granularity.DAILY: "Days",
    Granularity.WEEKLY: "Weeks",
    Granularity.MONTHLY: "Months",
}
_OFFERED = (
    Dimension.USER,
    Dimension.INSTANCE_TYPE,
    Dimension.USAGE_TYPE,
    Dimension.LICENSE_PRODUCT,
)


def links(slot: DeltaGenerator, pages: Mapping[str, Sequence[st.Page]], view: views.View) -> None:
    """The way to every page. Each link holds the view, so that it can be copied as it is."""
    parameters = session.linked(view)
    with slot.container(gap="xxsmall"):
        for section, its_pages in pages.items():
            st.caption(section)
            for page in its_pages:
                st.page_link(page, query_params=parameters, width="stretch")


def choices(sight: Sight) -> None:
    """Farm, scope, window and granularity, and the text in a job's name."""
    view = sight.view
    farm(sight.farms, sight.farm.id, another_farm)
    kinds = {Dimension.QUEUE: "Queues", Dimension.FLEET: "Fleets"}
    widget.segmented("Count by", kinds, view.scope, _take_scope)
    known = dict.fromkeys([*(one.id for one in sight.resources), *view.ids])
    widget.several(
        kinds[view.scope],
        _called({one: sight.resource_name(one) for one in known}),
        view.ids,
        partial(_take_filter, view.scope),
        placeholder=f"All {kinds[view.scope].lower()}",
    )
    windows.choice(sight)
    grains = GRANULARITIES.__getitem__
    widget.chosen("Charts by", list(GRANULARITIES), view.granularity, grains, _take("granularity"))
    widget.typed("Job name contains", view.job_text, _take("job_text"))


def farm(farms: Sequence[Farm], now: str | None, take: Callable[[str], None]) -> None:
    """Which farm; none is chosen where the view is of one that is not there."""
    called = _called({one.id: one.name for one in farms})
    widget.chosen("Farm", list(called), now, called.__getitem__, take)


def another_farm(farm_id: str) -> None:
    """That farm, without what was chosen of the last one; All begins where it does there."""
    view = session.view_now()
    first = view.first
    if view.preset is Preset.ALL:
        first = None
        with suppress(FarmCostsError):  # no reporter, which the next run says
            first = windows.first_on(farm_id, view.scope)
    session.change(farm_id=farm_id, ids=(), where=(), job_text="", first=first)


@dataclass(frozen=True)
class Panel:
    """The place of the filters by key, which may be open or closed, and what it says until then."""

    place: ExpanderContainer
    said: DeltaGenerator


def panel() -> Panel:
    """The place, as it stands while the page has no answer."""
    place = st.expander("More filters", key="w_filters", on_change="rerun")
    said = place.empty()
    if place.open:
        said.caption("Filters are listed once the page has its figures.")
    return Panel(place, said)


def filters(panel: Panel, sight: Sight) -> None:
    """Filters by key; their options cost runs, so they are asked for when the place is open.

    One error of the service stands for all of them.
    """
    place = panel.place
    if not place.open:
        return
    panel.said.empty()
    offered = (*_OFFERED, sight.view.other)
    questions = {dimension: _options_of(sight, dimension) for dimension in offered}
    under_way = blocks.under_way(sight, questions.values())
    with under_way, place:
        for dimension, question in questions.items():
            try:
                _filter(sight, dimension, blocks.asked(sight, question).table)
            except QuestionError as error:
                said = f"{text.WORDS[dimension].title}: {error.title}."
                st.caption(written.markdown(said), help=written.markdown(str(error)))
            except FarmCostsError as error:
                said = f"What there is to filter by could not be asked for. {error.title}."
                st.caption(written.markdown(said), help=written.markdown(str(error)))
                st.button("Try again", on_click=session.try_again, key="w_try_filters_again")
                return


def actions(sight: Sight) -> None:
    """Asking again, and the link to what is shown."""
    with st.container(horizontal=True):
        st.button("Refresh", icon=":material/refresh:", on_click=session.refresh, key="w_refresh")
        with st.popover("Share", icon=":material/link:"):
            st.caption("This view; a window such as “last 30 days” moves on with the days.")
            st.code(_address(sight.view), language=None, wrap_lines=True)
            st.caption("The same with its dates fixed.")
            st.code(_address(windows.with_dates(sight)), language=None, wrap_lines=True)


def _options_of(sight: Sight, dimension: Dimension) -> Question:
    """What there is to filter by, broken down as pages do, who have mostly asked already."""
    usage_type = Dimension.USAGE_TYPE
    by = (dimension,) if dimension is usage_type else (dimension, usage_type)
    return sight.question(*by, without_filters=True)


def _filter(sight: Sight, dimension: Dimension, table: pd.DataFrame) -> None:
    column = dimension.column
    found = table.groupby(column)["cost_usd_sum"].sum().sort_values(ascending=False)
    kept = sorted(sight.view.filtered(dimension))
    options = [*found.index, *(key for key in kept if key not in found.index)]
    called = tables.labels(table, pd.Series(options), dimension, sight.resource_name)
    widget.several(
        text.WORDS[dimension].title,
        _called(dict(zip(options, called, strict=True))),
        kept,
        partial(_take_filter, dimension),
        placeholder="All",
    )


def _take(field: str) -> Callable[[Any], None]:
    return lambda value: session.change(**{field: value})


def _take_scope(scope: Dimension | None) -> None:
    if scope is not None:
        session.turn_to(session.view_now().counted_by(scope))


def _take_filter(dimension: Dimension, values: Sequence[str]) -> None:
    session.turn_to(session.view_now().with_filter(dimension, frozenset(values)))


def _address(view: views.View) -> str:
    page = (st.context.url or "").split("?")[0]
    return f"{page}?{urlencode(link.parameters(view), doseq=True)}"


def _called(names: dict[str, str]) -> dict[str, str]:
    """Names by key as a drop-down can show them, all different."""
    short = {key: written.shortened(written.searchable(name), 60) for key, name in names.items()}
    return tables.told_apart(short)
