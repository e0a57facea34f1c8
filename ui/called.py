"""Names by id, as one value: what is drawn with the same names can be made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Called:
    """What ids are called, in pairs; an id that has no name is called by itself."""

    pairs: tuple[tuple[str, str], ...]

    def __call__(self, key: str) -> str:
        return self._names.get(key, key)

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.pairs)

    @cached_property
    def _hash(self) -> int:
        return hash(self.pairs)

    def __hash__(self) -> int:
        return self._hash
