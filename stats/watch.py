"""What keeps history from being read or written, said for as long as it is so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from stats.errors import HistoryError
from stats.out_of_reach import Unwritten

_LOG = logging.getLogger(__name__)
_READ_AGAIN = (
    *("named", "called", "queue called", "fleet called"),
    *("planned", "added up", "searched"),
    *("lost", "stands", "known", "elsewhere"),
)
"""What goes wrong where history can't be read: each question that reads it begins anew."""


class Watch:
    """Keeps in mind what goes wrong, by what was tried. Thread-safe."""

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {}

    @property
    def troubles(self) -> tuple[str, ...]:
        """In words, each once, and what repeats another one not at all."""
        every = dict.fromkeys(self._troubles.values())
        return tuple(one for one in every if not any(o != one and o in one for o in every))

    def about(self, what: str) -> str:
        """Why that went wrong when it was last tried; empty: it did not."""
        return self._troubles.get(what, "")

    @contextmanager
    def over(self, what: str) -> Iterator[None]:
        """Keeps what goes wrong in mind until that goes well, and raises no HistoryError."""
        try:
            yield
        except HistoryError as error:
            self.note(what, str(error))
        else:
            for mended in (what, *(_READ_AGAIN if what == "told" else ())):
                self.forget(mended)

    @contextmanager
    def reading_over(self, what: str) -> Iterator[None]:
        """The same, but raises HistoryError where it is not only that history can't be written."""
        unwritten = f"{what} unwritten"
        try:
            yield
        except Unwritten as error:
            self.forget(what)
            self.note(unwritten, str(error))
        except HistoryError as error:
            self.note(what, str(error))
            raise
        else:
            self.forget(what)
            self.forget(unwritten)

    def note(self, what: str, trouble: str) -> None:
        """Keeps a trouble in mind; logs it, unless it is there."""
        if trouble not in tuple(self._troubles.values()):
            _LOG.warning("%s", trouble)
        self._troubles[what] = trouble

    def forget(self, what: str) -> None:
        """That is no trouble any more."""
        self._troubles.pop(what, None)
