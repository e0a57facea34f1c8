"""What files are called that pages offer: by all that makes one another file than the next.

Pure: no Streamlit.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date

from ui.format import searchable

_NAMES, _LONGEST = 40, 200
"""Bytes of a part of a name, and of the whole; file systems take 255."""


def csv(*parts: str, unlike: str, days: tuple[date, date]) -> str:
    """A name from parts such as farm, scope, filter and table, with the window's days.

    `unlike` is all that the file depends on beside its days: where the parts do not tell all of
    it, a few characters that follow from it do. Parts that are empty are left out.
    """
    told = [part for part in (_told(part) for part in parts) if part]
    first, last = days
    window = f"{first:%Y-%m-%d}" + (f"-to-{last:%Y-%m-%d}" if last != first else "")
    end = f"-{digest(unlike)}-{window}.csv" if unlike else f"-{window}.csv"
    return (_cut("-".join(told), _LONGEST - len(end)) or "farm-costs") + end


def digest(of: str) -> str:
    """Six characters that follow from a text."""
    return hashlib.sha256(of.encode(errors="surrogatepass")).hexdigest()[:6]


def _told(part: str) -> str:
    """A part in letters and digits of any writing, lower case, with hyphens between."""
    return _cut(re.sub(r"[\W_]+", "-", searchable(part).lower()).strip("-"), _NAMES)


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore").strip("-")
