"""Widgets, and what they show: the view, set where it is another, and else left alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

from ui import format as written
from ui.link import LONGEST_VALUE

T = TypeVar("T")

_SHOWN = "shown_by_widgets"


def shows(key: str, now: Any) -> None:
    """Sets a widget that is about to be drawn to a value of the view, unless it is there already.

    A browser forgets with each setting what somebody is about: the text that is being typed, or
    the first of two days. That stays for as long as the view does.
    """
    shown: dict[str, Any] = st.session_state.setdefault(_SHOWN, {})
    if key not in st.session_state or not _stays(st.session_state[key], now, shown.get(key)):
        st.session_state[key] = now
    shown[key] = now


def _stays(there: Any, now: Any, before: Any) -> bool:
    """Whether what a widget holds is the value, in any order, or half of the next one."""
    if isinstance(now, list) and isinstance(there, list):
        return sorted(there) == sorted(now)
    is_half = isinstance(there, tuple) and len(there) == 1 and now == before
    return is_half or bool(there == now)


def taken(key: str, options: Collection[T], take: Callable[[T], object]) -> Callable[[], None]:
    """What takes the choice of a widget that has one; a stranger may send what is none of them."""

    def take_it() -> None:
        found = st.session_state[key]
        if any(found == one for one in options):
            take(found)

    return take_it


def chosen(
    label: str,
    options: Sequence[T],
    now: T | None,
    name: Callable[[T], str],
    take: Callable[[T], None],
) -> None:
    """A drop-down of which one is chosen, or none by now; `take` is told of another."""
    key = f"w_{label}"
    shows(key, now)
    st.selectbox(
        label,
        options,
        index=None if now is None else 0,
        format_func=lambda option: written.searchable(name(option)),
        key=key,
        on_change=taken(key, options, take),
    )


def several(
    label: str,
    called: Mapping[str, str],
    now: Sequence[str],
    take: Callable[[Sequence[str]], None],
    placeholder: str,
) -> None:
    """A drop-down of which several may be chosen, by key, as they are called."""
    key = f"w_{label}"
    shows(key, list(now))
    st.multiselect(
        label,
        list(called),
        format_func=lambda option: called.get(option, option),
        key=key,
        placeholder=placeholder,
        on_change=lambda: take(st.session_state[key]),
    )


def segmented(
    label: str, options: Mapping[T, str], now: T, take: Callable[[T | None], None]
) -> None:
    """A few choices side by side."""
    key = f"w_{label}"
    shows(key, now)
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=lambda: take(st.session_state[key]),
    )


def typed(label: str, now: str, take: Callable[[str], None]) -> None:
    """A line of text; what a stranger sends in its place that is none is not taken."""
    key = f"w_{label}"
    shows(key, now)

    def take_it() -> None:
        if isinstance(st.session_state[key], str):
            take(st.session_state[key])

    st.text_input(label, key=key, max_chars=LONGEST_VALUE, on_change=take_it)
