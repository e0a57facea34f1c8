"""Whose total a question is about: a whole farm's, or that of some of its queues (or fleets)."""

from __future__ import annotations

from dataclasses import dataclass

from stats import ways
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId
from stats.plan import YARDSTICK

OTHER = {Dimension.QUEUE: Dimension.FLEET, Dimension.FLEET: Dimension.QUEUE}
"""Of what usage is counted by, the other."""


@dataclass(frozen=True)
class Whose:
    """Whose total it is: of a whole farm by its queues (or fleets), or `within` some of them.

    Of those, `gone` ones are listed no more.
    """

    farm_id: FarmId
    resource: Dimension
    within: frozenset[str] | None = None
    gone: frozenset[str] = frozenset()

    @property
    def shelf(self) -> Shelf:
        """Where history has it."""
        apart = () if self.within is None else (self.resource,)
        return Shelf(self.farm_id, self.resource, (*apart, *YARDSTICK.by))

    @property
    def farms(self) -> Whose:
        """The whole farm's."""
        return Whose(self.farm_id, self.resource)


def whose(asked: Asked) -> Whose:
    """Whose total a question is about."""
    question = asked.question
    return Whose(question.farm_id, question.scope.dimension, ways.within_of(question))
