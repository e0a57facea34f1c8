"""How names are compared, by what is read, not by how it was typed or stored; how they are shown.

An accented letter is one character or a letter and an accent: macOS writes files' names the second
way and keyboards the first. Both are one name; each is shown as it is.
"""

from __future__ import annotations

from unicodedata import normalize


def composed(name: str) -> str:
    """A name with each accent in its letter, as Unicode's NFC has it: equal where names are."""
    return name if name.isascii() else normalize("NFC", name)


def folded(name: str) -> str:
    """A name for comparing whatever the case, too."""
    return composed(composed(name).casefold())


def in_utf8(text: str) -> str:
    """A text as it can be written: what is not in UTF-8 by its escape; the same where all is."""
    return text.encode("utf-8", "backslashreplace").decode()
