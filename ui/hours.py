"""Windows that are drawn by the hour, and by days where more is known of those than of their hours.

Of a settled day history has what the service told of it by the day; its hours are asked for when
somebody looks, and by then the service may have forgotten some of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from stats import remarks
from stats.model import Period, Report
from ui import page, text
from ui.session import Sight
from ui.tables import Used
from ui.view import Granularity


def _are_lacking(report: Report) -> bool:
    """Whether days may tell more than a report by the hour does."""
    return report.question.period is Period.HOURLY and remarks.lacks_what_is_known(report)


def _by_days(sight: Sight) -> Sight:
    """The same by days; the page says why."""
    for line in page.unsaid([text.BY_DAYS]):
        st.caption(line)
    return replace(sight, view=replace(sight.view, granularity=Granularity.DAILY))


T = TypeVar("T", Report, Used)


def told(sight: Sight, ask: Callable[[Sight], T]) -> tuple[Sight, T]:
    """What is asked of a sight, by days where hours do not tell all; with the sight it is of."""
    answer = ask(sight)
    if not _are_lacking(answer if isinstance(answer, Report) else answer.report):
        return sight, answer
    sight = _by_days(sight)
    return sight, ask(sight)
