"""Questions about a remembered farm, as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from hypothesis import strategies as st

from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Filter, Period, Question, Scope, Window
from stats.plan import YARDSTICK
from stats.zone import Zone
from tests.stats.remembering import COUNTED, FARM, FLEET, QUEUE, TYPE, Studio, named, person

D = Dimension
BREAKDOWNS = (
    *(some for size in (0, 1, 2) for some in combinations(D, size)),
    *((D.JOB, D.USER, D.QUEUE), (D.JOB, D.QUEUE, D.INSTANCE_TYPE), (D.FLEET, D.JOB, D.USER)),
)
FILTERS: tuple[Mapping[Dimension, str], ...] = (
    *({}, {}, {}, {}, {}, {D.USER: person(1)}, {D.JOB: named("job", 2)}),
    *({TYPE: "COMPUTE"}, {D.INSTANCE_TYPE: "c5.4xlarge"}),
    *({QUEUE: named("queue", 0)}, {QUEUE: named("queue", 3)}, {FLEET: named("fleet", 1)}),
)
ZONES = ("UTC", "America/Los_Angeles")


@dataclass(frozen=True)
class Day:
    """A local day, and what of it a question is about."""

    whole: Window
    part: Window

    @property
    def is_whole(self) -> bool:
        return self.whole == self.part


@dataclass(frozen=True)
class Asking:
    """What is asked: days by how far back they are; of all queues (or fleets) where `some` are 0.

    `some` are bits: which of those that there ever were. The window begins so many hours `late`.
    The days are of the zone that is collected in, unless it is asked `elsewhere`.
    """

    by: tuple[Dimension, ...]
    resource: Dimension
    some: int
    where: Mapping[Dimension, str]
    name: str
    period: Period
    back: int
    days: int
    most_jobs: int | None
    late: int
    elsewhere: bool

    def ids(self, studio: Studio) -> tuple[str, ...]:
        every = studio.ever[self.resource]
        some = tuple(one for n, one in enumerate(every) if self.some >> n & 1)
        return some or tuple(sorted(studio.listed[self.resource]))

    def narrowed(self, studio: Studio) -> tuple[str, ...]:
        """The ids that a filter leaves: of all, also one that is listed no more."""
        only = self.where.get(self.resource)
        if only is None:
            return self.ids(studio)
        return (only,) if not self.some or only in self.ids(studio) else ()

    @property
    def is_narrow(self) -> bool:
        return bool(self.some) or self.resource in self.where

    @property
    def is_of_rows(self) -> bool:
        """Whether some usage is left out of the rows that is in the total."""
        return bool(self.name or {one for one in self.where if one is not self.resource})

    @property
    def shelf(self) -> Shelf:
        """Where history has the total of it."""
        apart = (self.resource,) if self.is_narrow else ()
        return Shelf(FARM, self.resource, (*apart, *YARDSTICK.by))

    def zone(self, studio: Studio) -> Zone:
        other = next(zone for zone in ZONES if zone != studio.zone.name)
        return Zone(other) if self.elsewhere else studio.zone

    def days_of(self, studio: Studio) -> list[Day]:
        """In order, as far as they have begun."""
        return list(self._days(studio))

    def _days(self, studio: Studio) -> Iterator[Day]:
        last = max(0, self.back - self.days + 1)
        as_of = studio.now.replace(minute=0, second=0)
        for back in range(self.back, last - 1, -1):
            day = studio.day(back, self.zone(studio))
            start = day.start + timedelta(hours=self.late if back == self.back else 0)
            yield Day(day, Window(start, max(min(day.end, as_of), start + timedelta(hours=1))))

    def question(self, studio: Studio) -> Question:
        days = self.days_of(studio)
        return Question(
            FarmId(FARM),
            Scope(self.resource, self.ids(studio), whole=not self.some),
            Window(days[0].part.start, days[-1].whole.end),
            self.zone(studio).name,
            self.by,
            tuple(Filter(d, frozenset({value})) for d, value in self.where.items()),
            self.name,
            self.period,
            self.most_jobs,
        )


def asked() -> st.SearchStrategy[Asking]:
    """Any question."""
    return st.builds(
        Asking,
        by=st.sampled_from(BREAKDOWNS),
        resource=st.sampled_from(COUNTED),
        some=st.sampled_from([0, 0, 0, 1, 2, 3, 9, 14]),
        where=st.sampled_from(FILTERS),
        name=st.sampled_from(["", "", "", "SHOT_1"]),
        period=st.sampled_from([Period.DAILY, Period.TOTAL, Period.DAILY, Period.HOURLY]),
        back=st.sampled_from([3, 5, 6, 8, 12, 16, 20]),
        days=st.integers(1, 9),
        most_jobs=st.sampled_from([None, None, 0, 1, 2]),
        late=st.sampled_from([0, 0, 0, 5]),
        elsewhere=st.sampled_from([False, False, False, True]),
    )
