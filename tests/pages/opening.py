"""Opening a page as its reader does, and reading what stands there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from ui.format import JOINER

ROOT = Path(__file__).parents[2]
PAGES = {
    "overview": "pages/costs/overview.py",
    "users": "pages/costs/users.py",
    "jobs": "pages/costs/jobs.py",
    "instance_types": "pages/costs/instance_types.py",
    "queues_and_fleets": "pages/costs/queues_and_fleets.py",
    "licences": "pages/costs/licences.py",
    "explore": "pages/analysis/explore.py",
    "long_range": "pages/analysis/long_range.py",
    "data": "pages/help/data.py",
    "about": "pages/help/about.py",
}
OF_NUMBERS = tuple(page for page in PAGES if page not in ("data", "about"))
"""The pages that can't be drawn without asking for statistics."""

OF_THE_WINDOW = tuple(page for page in OF_NUMBERS if page != "long_range")
"""Those whose numbers are of the window in the sidebar."""

NOT_MARKDOWN = frozenset(
    {"id", "key", "url", "spec", "options", "form_id", "file_name", "hash", "chart_data"}
    | {"alt", "value", "raw_value", "raw_values", "default"}
)
"""Fields of elements that are drawn as plain text, or not at all."""


def opened(page: str = "overview", link: Mapping[str, Any] | None = None) -> AppTest:
    """The page that a link leads to, after its first run."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=240)
    at.query_params.update(link or {})
    return at.switch_page(PAGES[page]).run()


def walked(link: Mapping[str, Any], pages: Iterable[str] = PAGES) -> Iterator[tuple[str, AppTest]]:
    """One visit, which begins on the overview, page by page: each after its run, with its name."""
    at, here = opened("overview", link), "overview"
    for page in pages:
        if page != here:
            at.switch_page(PAGES[page]).run()
        here = page
        yield page, at


def said(at: AppTest) -> str:
    """All words of the page and the sidebar, as they are read."""
    return _read("\n".join(marked_up(at)))


def marked_up(at: AppTest) -> Iterator[str]:
    """Every text of the page and the sidebar that may be read as Markdown."""
    for part in (at.main, at.sidebar):
        for node in part:
            proto = getattr(node, "proto", None)
            if proto is not None and node.type not in ("arrow_data_frame", "code", "dataframe"):
                yield from _texts(proto)


def troubles(at: AppTest) -> list[str]:
    """What the error boxes say, with what they advise."""
    return [_read(f"{box.proto.title} {box.value}") for box in at.error]


def keys(at: AppTest) -> set[str]:
    """The keys of all buttons."""
    return {button.key for button in at.button if button.key}


def dollars(help_text: str) -> float:
    """The exact amount at the end of a tile's help."""
    return float(re.findall(r"\$([\d,]+\.\d+)", help_text)[-1].replace(",", ""))


def is_whole(at: AppTest) -> bool:
    """Whether the page was drawn to its end: neither an exception nor a trouble."""
    return not at.exception and not at.error


def _read(marked: str) -> str:
    """Text without escapes and invisible joiners."""
    return html.unescape(re.sub(r"\\(?=[\W_])", "", marked.replace(JOINER, "")))


def _texts(proto: Any) -> Iterator[str]:
    if isinstance(proto, str):
        yield proto
        return
    for field, value in getattr(proto, "ListFields", list)():
        if field.name in NOT_MARKDOWN:
            continue
        many = field.is_repeated and not isinstance(value, (str, bytes))
        for one in value if many else (value,):
            if isinstance(one, str) or hasattr(one, "ListFields"):
                yield from _texts(one)
