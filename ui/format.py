"""Numbers and times as people write them, and names made safe for where they are drawn.

Nothing here is calculated with afterwards: full precision stays in the tables. Names of jobs,
queues and people can hold anything, so each place that draws text has its own escaping here.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import datetime

from stats import moments
from stats.model import Period
from stats.moments import MONTHS, day_of
from stats.spelling import composed
from stats.zone import Zone

MINUS = "−"
date_of, days, when = moments.date_of, moments.days, moments.when
ELLIPSIS = "…"
UNKNOWN = "–"
"""Shown for a number that does not exist, such as the average of no records."""


JOINER = "\u2060"
"""Word joiner, invisible: parts what would be read as a shortcode, a link or an arrow."""

_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKS = re.compile(r"[\\`*_~\[\](){}|$!]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_AT_START = re.compile(r"^(\d+(?=\.)|(?=[#+\-=]))")
_REPLACED_IN_TEXT = (
    (re.compile(r":(?=\S)"), f":{JOINER}"),
    (re.compile(r"(?i)(www)(?=\.)"), rf"\1{JOINER}"),
    (re.compile(r"@(?=\w)"), f"@{JOINER}"),
    (re.compile(r"(?<!\S)(<(?=-)|-(?=[->])|[><~](?==))(?=\S{1,2}(?!\S))"), rf"\1{JOINER}"),
)


def usd(dollars: float) -> str:
    """Money for reading: cents below $100, whole dollars from there up."""
    if math.isnan(dollars):
        return UNKNOWN
    size = abs(dollars)
    if 0 < size < 0.01:
        text = "<$0.01"
    elif size == 0:
        text = "$0"
    else:
        text = f"${size:,.2f}" if round(size, 2) < 100 else f"${math.floor(size + 0.5):,}"
    return _signed(text, dollars)


def usd_short(dollars: float) -> str:
    """Money for axes and tight tiles: $12.3k, $1.24M; below $1,000 as `usd`."""
    size = abs(dollars)
    for unit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= unit * 0.9995:
            scaled = size / unit
            places = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return _signed(f"${scaled:,.{places}f}{letter}", dollars)
    return usd(dollars)


def usd_exact(dollars: float) -> str:
    """Money to the millionth of a dollar, and always with cents."""
    if math.isnan(dollars):
        return UNKNOWN
    whole, part = f"{abs(dollars):,.6f}".split(".")
    return _signed(f"${whole}.{part[:2]}{part[2:].rstrip('0')}", dollars)


def hours(seconds: float) -> str:
    """A run time for reading: seconds, minutes or hours, whichever says it shortest."""
    if math.isnan(seconds):
        return UNKNOWN
    size = abs(seconds)
    if size == 0:
        text = "0 h"
    elif size < 1:
        text = "<1 s"
    elif round(size) < 60:
        text = f"{size:.0f} s"
    elif round(size / 60) < 60:
        text = f"{size / 60:.0f} min"
    else:
        text = f"{size / 3600:,.{1 if size < 359_820 else 0}f}".removesuffix(".0") + " h"
    return _signed(text, seconds)


def hours_exact(seconds: float) -> str:
    """A run time to the second: 1,234 h 30 min 15 s."""
    if math.isnan(seconds):
        return UNKNOWN
    minutes, rest = divmod(round(abs(seconds)), 60)
    whole, minutes = divmod(minutes, 60)
    return _signed(f"{whole:,} h {minutes} min {rest} s", seconds)


def amount(value: float, column: str) -> str:
    """A value as its column's name says: cost_usd…, runtime_seconds… or a count."""
    if column.startswith("cost_usd"):
        return usd(value)
    return hours(value) if column.startswith("runtime_seconds") else count(value)


def amount_exact(value: float, column: str) -> str:
    """The same to the second or the millionth of a dollar."""
    if column.startswith("cost_usd"):
        return usd_exact(value)
    return hours_exact(value) if column.startswith("runtime_seconds") else count(value)


def share(part: float) -> str:
    """A part of one as a percentage with one decimal."""
    if math.isnan(part):
        return UNKNOWN
    if part in (0, 1):
        return f"{part:.0%}"
    if 0 < part < 0.001:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= part < 1 else f"{part:.1%}"


def count(number: float) -> str:
    """A whole number with thousands separators."""
    return UNKNOWN if math.isnan(number) else f"{number:,.0f}"


_NO_CHANGE, _NEW, _FROM = "no change", "new", "from "
LEAST = {"cost_usd": 0.01, "runtime_seconds": 1.0}
"""By column, the least that a change can be told against."""


def has_direction(change: str | None) -> bool:
    """Whether a number that moved so went up or down."""
    return change not in (None, _NO_CHANGE, _NEW) and not str(change).startswith(_FROM)


def change(now: float, before: float, column: str = "") -> str:
    """How a number moved: "+12%", "-3.4%", "×12", "from <$0.01", "new" or "no change".

    What is less than a cent, or than a second, says little as a base: then it is named, by the
    unit in its column's name, and no multiple of it is.

    The minus is a plain hyphen, since st.metric chooses its arrow by it.
    """
    if now == before:
        return _NO_CHANGE
    if before == 0:
        return _NEW
    if 0 < before < LEAST.get(column, 0.0):
        return f"{_FROM}{amount(before, column)}"
    ratio = now / before
    if ratio >= 10:
        return f"×{ratio:,.0f}"
    percent = (ratio - 1) * 100
    if abs(percent) < 0.05:
        return _NO_CHANGE
    return f"{percent:+.0f}%" if abs(percent) >= 9.95 else f"{percent:+.1f}%"


def period_label(start: datetime, period: Period, zone: Zone) -> str:
    """What a period is called in a table: 23 Nov 14:00, 23 Nov, Wk 47 · 16 Nov, Nov 2026."""
    local = zone.local(start)
    if period is Period.TOTAL:
        return "Whole window"
    if period is Period.MONTHLY:
        return f"{MONTHS[local.month - 1]} {local.year}"
    day = day_of(local)
    if period is Period.WEEKLY:
        return f"Wk {local.isocalendar().week} · {day}"
    return f"{day} {local:%H:%M}" if period is Period.HOURLY else day


def one_line(text: str) -> str:
    """Text without line breaks, control characters and overrides of the writing direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (_printable(character) for character in text.translate(_BIDI))
    return " ".join("".join(kept).split())


def searchable(text: str) -> str:
    """One line that is found as it is typed: where a list or a table is searched by the browser."""
    return composed(one_line(text))


def shortened(text: str, length: int) -> str:
    """One line of at most `length` columns, cut in the middle; a CJK character is two columns."""
    line = one_line(text)
    if columns(line) <= length:
        return line
    tail = (length - 1) // 2
    head = length - 1 - tail
    first, last = _fitting(line, head), _fitting(line[::-1], tail)[::-1]
    return f"{first.rstrip(ELLIPSIS)}{ELLIPSIS}{last.lstrip(ELLIPSIS)}"


def columns(text: str) -> int:
    """How many columns of a fixed-width screen the text takes, for estimating its width."""
    return sum(map(_columns_of, text))


def markdown(text: str) -> str:
    """A name as plain words in Streamlit's Markdown: labels, captions, metrics, tooltips.

    Marks are escaped by backslash and HTML by entity. Shortcodes, icons, bare links and arrows
    are found by Streamlit after escapes are undone, so those are parted by an invisible joiner.
    """
    line = one_line(text)
    for pattern, parted in _REPLACED_IN_TEXT:
        line = pattern.sub(parted, line)
    line = _MARKS.sub(r"\\\g<0>", line)
    line = _AT_START.sub(r"\1\\", line)
    return line.translate(_ENTITIES)


def plotly_text(text: str) -> str:
    """A name as plain words in a Plotly label or hover text: no tags, no formulae."""
    return one_line(text).translate(_ENTITIES).replace("$", "&#36;")


def _signed(text: str, number: float) -> str:
    return f"{MINUS}{text}" if number < 0 else text


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "�" if category == "Cs" else character


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fitting(text: str, length: int) -> str:
    """The longest beginning of the text that fits into `length` columns."""
    width = 0
    for end, character in enumerate(text):
        width += _columns_of(character)
        if width > length:
            return text[:end]
    return text
