"""What is filtered, as chips below the masthead: a click takes one off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

import streamlit as st

from stats.model import MISSING, Dimension
from ui import format as written
from ui import session, tables, text
from ui.session import Sight

_MOST_NAMED = 3
"""Of what is kept of a kind, in a sentence."""


def names_of(sight: Sight, dimension: Dimension, keys: Collection[str]) -> dict[str, str]:
    """What filtered keys are called, all different, as far as is known by now."""
    names: Mapping[str, str] = {}
    if dimension in (Dimension.QUEUE, Dimension.FLEET):
        names = sight.resources_called(dimension)
    elif dimension is Dimension.USER:
        with session.telling(sight.reporter.names) as told:
            names = told.people(sight.farm.id, set(keys) - {MISSING}).names
    elif dimension is Dimension.JOB:
        names = sight.reporter.names.known_jobs(keys)
    column = dimension.column
    return tables.told_apart({k: text.key_name(column, k, names.get(k, "")) for k in keys})


def kept(sight: Sight) -> list[str]:
    """What the view keeps, queues or fleets that are counted apart: a few words for each kind."""
    view, said = sight.view, []
    for one in view.where:
        called = names_of(sight, one.dimension, one.values)
        names = [written.shortened(name, 40) for name in sorted(called.values())]
        more = [f"{len(names) - _MOST_NAMED:,} more"] * (len(names) > _MOST_NAMED)
        said.append(f"{text.WORDS[one.dimension].header}: {', '.join(names[:_MOST_NAMED] + more)}")
    if view.job_text:
        said.append(f"Job name contains {written.shortened(view.job_text, 40)}")
    return said


def chips(sight: Sight) -> None:
    """A chip for each key that is kept, and for a text in names."""
    view = sight.view
    chosen = {d: view.filtered(d) for d in (view.scope, *(f.dimension for f in view.where))}
    if not any(chosen.values()) and not view.job_text:
        return
    with st.container(horizontal=True, gap="small"):
        for dimension, keys in chosen.items():
            called = names_of(sight, dimension, keys)
            for key in sorted(keys):
                label = f"{text.WORDS[dimension].header}: {called[key]}"
                whole = called[key] if key in (MISSING, called[key]) else f"{called[key]}, {key}"
                _chip(label, whole, f"{dimension}_{key}", partial(_take_off, dimension, key))
        if view.job_text:
            label = f"Job name contains {view.job_text}"
            _chip(label, view.job_text, "job_text", partial(session.change, job_text=""))
    called = sight.resources_called(view.other)
    listed = called.keys() - sight.gone[view.other].keys()
    gone = sorted(view.filtered(view.other) - {MISSING} - listed)
    if gone and not sight.trouble:
        names = [written.shortened(called.get(key, key), 60) for key in gone]
        st.caption(written.markdown(text.not_listed(view.other, names)))


def _chip(label: str, whole: str, key: str, take_off: Callable[[], None]) -> None:
    """A button for one filter; `whole` is what it keeps, in full."""
    st.button(
        written.markdown(written.shortened(label, 60)),
        key=f"w_chip_{key}",
        icon=":material/close:",
        on_click=take_off,
        help=written.markdown(f"Take this filter off: {whole}"),
    )


def _take_off(dimension: Dimension, key: str) -> None:
    view = session.view_now()
    session.turn_to(view.with_filter(dimension, view.filtered(dimension) - {key}))
