"""What pages are made of: masthead, filters in force, waiting, empty and error states, charts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stats.errors import FarmCostsError, Unanswerable
from stats.model import Dimension, Period, Question, Report
from stats.progress import Progress
from stats.remarks import Remark
from ui import answers, assumed, chips, page, remarked, seen, session, tables, text, widget
from ui import format as written
from ui.asker import asker
from ui.session import Sight
from ui.theme import PLOT_CONFIG
from ui.view import Measure


def masthead(sight: Sight, title: str, intro: str) -> None:
    """The page's title, and which farm, scope, window and time zone it shows, as of when.

    What stands there at times only has a container of its own: where elements move, the browser
    leaves those of the run before standing until this one has ended.
    """
    st.title(title, anchor=False)
    st.caption(intro)
    with st.container():
        _left_out()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        source = sight.reporter.source
        if source == "demo":
            st.badge("Simulated farm", icon=":material/science:", color="orange", help=text.DEMO)
        else:
            where = "AWS" if source == "aws" else source
            st.badge(written.markdown(where), icon=":material/cloud:", color="gray")
        st.markdown(written.markdown(" · ".join(about(sight))))
    with st.container():
        for line in page.unsaid([sight.trouble]):
            st.caption(written.markdown(line))
        chips.chips(sight)
    page.leaves_room()


def about(sight: Sight) -> list[str]:
    """Which farm, scope, window and time zone the view is of, as of when."""
    view, kind = sight.view, sight.view.scope
    if not view.ids:
        scope = _all_of(sight, kind)
    elif len(view.ids) <= 2:
        called = sight.resources_called(kind)
        scope = ", ".join(written.shortened(called.get(i, i), 40) for i in view.ids)
    else:
        scope = f"{len(view.ids)} of {text.counted(kind, len(sight.resources))}"
    as_of = min(sight.reporter.as_of(), sight.window.end)
    return [
        written.shortened(sight.farm.name, 60),
        scope,
        written.days(sight.window, sight.zone),
        sight.zone.name,
        f"as of {written.when(as_of, sight.zone)}",
    ]


def _all_of(sight: Sight, kind: Dimension) -> str:
    """All queues (or fleets): how many there are, or that there are none any more."""
    if sight.resources:
        return f"all {text.counted(kind, len(sight.resources))}"
    plural = text.WORDS[kind].plural
    return f"all {plural}, deleted since" if sight.gone[kind] else f"no {plural}"


def _left_out() -> None:
    """What of the link that was opened was not understood."""
    if session.left_out():
        said = "; ".join(one.said for one in session.left_out())
        st.warning(
            written.markdown(f"Not understood, and so left out: {said}."),
            title="Part of this link is left out",
            icon=":material/link_off:",
        )


@dataclass(frozen=True)
class Wait:
    """Where it is said what is waited for, and what is drawn meanwhile, if anything is."""

    slot: DeltaGenerator
    draw: Callable[[], None] = lambda: None


def asked(sight: Sight, question: Question, wait: Wait | None = None) -> Report:
    """The report; while it is on its way, a line says what is being done."""
    slot = wait.slot if wait else st.empty()
    if given := known(sight, question):
        seen.remember(given)
        return given
    if not sight.reporter.is_at_hand(question):
        page.goes_on()

    def tell(progress: Progress) -> None:
        if wait:
            wait.draw()
        said = written.markdown(text.sentence(str(progress)))
        slot.progress(progress.part, text=said)

    not_before = session.fresh_since()
    try:
        report = sight.reporter.ask(question, tell, not_before=not_before, asker=asker())
    finally:
        slot.empty()
    seen.remember(report)
    answers.keep(sight.reporter, report, sight.now, not_before)
    if seen.is_to_run_again(sight.reporter):
        st.rerun()  # this answer has shown that there is more of a day than the page tells
    return report


def known(sight: Sight, question: Question) -> Report | None:
    """The report, if it was given a moment ago."""
    return answers.known(sight.reporter, question, sight.now, session.fresh_since())


def is_at_hand(sight: Sight, *questions: Question) -> bool:
    """Whether asking keeps nobody waiting, most likely."""
    return all(known(sight, one) or sight.reporter.is_at_hand(one) for one in questions)


def under_way(sight: Sight, questions: Iterable[Question]) -> AbstractContextManager[None]:
    """The runs of questions in line at once, so that the farm is never idle between them."""
    wanted = [one for one in dict.fromkeys(questions) if not known(sight, one)]
    return sight.reporter.prepared(wanted, not_before=session.fresh_since(), asker=asker())


def used(
    sight: Sight,
    dimension: Dimension,
    period: Period,
    only: str | None = None,
    wait: Wait | None = None,
) -> tables.Used:
    """The view's usage by a dimension, of `only` one usage type or of all.

    Where it is not told apart by usage type too, money is asked for by itself, and hours if that
    can be answered. Raises the errors of `stats.errors`.
    """
    question = apart(sight, dimension, period, only)
    ask = partial(asked, sight, wait=wait)
    try:
        report = ask(question)
    except Unanswerable:
        costs = ask(replace(question, by=(dimension,)))
    else:
        return assumed.marked(sight, tables.Used.apart(report, dimension), dimension, ask)
    of_one_type = tables.narrowed_to(costs.question, tables.usage_type_of(dimension))
    try:
        return tables.Used(costs, asked(sight, of_one_type, wait).table)
    except Unanswerable:
        return tables.Used(costs, None)


def apart(sight: Sight, dimension: Dimension, period: Period, only: str | None = None) -> Question:
    """The view's question by a dimension and usage type, of `only` one usage type or of all."""
    question = sight.question(*dict.fromkeys([dimension, Dimension.USAGE_TYPE]), period=period)
    return tables.narrowed_to(question, only) if only else question


def declined(error: Unanswerable) -> None:
    """What the service can't break down, in the place where it would stand."""
    said = f"{error.what} {error.todo}"
    st.info(written.markdown(said), title=error.title, icon=":material/block:")


def trouble(error: FarmCostsError) -> None:
    """What went wrong, and what to do about it."""
    st.error(
        written.markdown(error.what),
        title=written.markdown(error.title),
        icon=":material/error:",
    )
    if error.todo:
        st.markdown(written.markdown(error.todo))
    try_again()


def try_again() -> None:
    """A button that lists what there is anew, and asks again for what could not be had."""
    st.button("Try again", on_click=session.try_again, key="w_try_again", icon=":material/refresh:")


def chart(name: str, figure: go.Figure, alt: str, dimension: Dimension | None = None) -> None:
    """A figure; clicking on what stands for a key of the dimension filters everything by it."""
    key = f"chart_{name}_{session.clicks()}"
    if dimension is None:
        st.plotly_chart(figure, theme=None, config=PLOT_CONFIG, key=key, alt=alt)
        return
    st.plotly_chart(
        figure,
        theme=None,
        config=PLOT_CONFIG,
        key=key,
        alt=alt,
        on_select=partial(_point_clicked, key, dimension),
        selection_mode="points",
    )


def footnotes(*shown: Report, passing: bool = False) -> None:
    """What the numbers are an estimate of, and what about them is not certain.

    Each is said once a page. What is `passing` will not stand there in the end.
    """
    found = [remark for report in shown for remark in remarked.of(report)]
    if not passing:
        say(found)
        return
    for line in dict.fromkeys(remark.text for remark in found):
        st.caption(written.markdown(line))


def beside(sight: Sight, report: Report, total: str = "") -> None:
    """What of a total is at an assumed price, to be said right below it.

    Where it does not stand there, `total` names it in a sentence.
    """
    found = assumed.part(sight, report, partial(asked, sight)).remarks
    say(replace(one, text=f"{total} {one.text}".lstrip()) for one in found)


def say(said: Iterable[Remark]) -> None:
    """Remarks in small print, except those that the page has said already."""
    for line in page.unsaid(remark.text for remark in said):
        st.caption(written.markdown(line))


def switch(label: str, options: dict[Any, str], now: Any, field: str) -> None:
    """A few choices side by side that set one field of the view."""
    key = f"w_{field}"
    widget.shows(key, now)

    def take() -> None:
        if st.session_state[key] is not None:
            session.change(**{field: st.session_state[key]})

    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=take,
        label_visibility="collapsed",
    )


def picker(label: str, options: dict[Any, str], now: Any, field: str) -> None:
    """A drop-down that sets one field of the view."""
    key = f"w_{field}"
    widget.shows(key, now)
    st.selectbox(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=widget.taken(key, options, lambda one: session.change(**{field: one})),
        label_visibility="collapsed",
        width=200,
    )


def measure_switch(sight: Sight) -> None:
    """Cost or run time."""
    switch(
        "Show", {Measure.COST: "Cost", Measure.RUNTIME: "Run time"}, sight.view.measure, "measure"
    )


def _point_clicked(key: str, dimension: Dimension) -> None:
    points = st.session_state[key].selection.points
    data = points[0].get("customdata") if points else None
    if data and data[0] is not None:
        session.only({dimension: str(data[0])})
