"""The part of the machine that draws what goes and is there again, and who is broken off."""

from __future__ import annotations

from contextlib import closing

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stats.model import Dimension, FarmId, Period, Window
from stats.outcome import Outcome
from tests.stats import remembering as world
from tests.stats.breaking_off import broken_off
from tests.stats.memory_copies import Copied
from tests.stats.memory_expected import Done
from tests.stats.questions_of_memory import Asking
from tests.stats.remembering import COUNTED, FARM, TYPE

_DAYS = st.integers(3, 7)
_MENU = "the total and by id"


class Again(Copied):
    """A farm of which the service tells again what it had forgotten, and lists again what was not

    listed for a while.
    """

    @precondition(lambda self: self.studio.forgotten)
    @rule(which=st.integers(0, 99), how=st.sampled_from(["one", "day", "all"]))
    def is_told_again(self, which: int, how: str) -> None:
        gone = [one for one in self.studio.ran if one.number in self.studio.forgotten]
        like, zone = gone[which % len(gone)], self.studio.zone
        for one in gone:
            same = one is like if how == "one" else zone.day(one.at) == zone.day(like.at)
            if same or how == "all":
                self.studio.forgotten.remove(one.number)
        self._goes_on(hours=2)

    @precondition(lambda self: any(map(self.studio.gone, COUNTED)))
    @rule(resource=st.sampled_from(COUNTED), which=st.integers(0, 9))
    def is_listed_again(self, resource: Dimension, which: int) -> None:
        """Under its own id and name, as if it had never been deleted."""
        gone = sorted(self.studio.gone(resource))
        if gone:
            self.studio.is_listed_again(resource, gone[which % len(gone)])
        self._goes_on(hours=2)

    @rule(
        resource=st.sampled_from(COUNTED),
        which=st.integers(0, 9),
        back=st.integers(3, 9),
        meanwhile=st.sampled_from(["asked", "collected"]),
        later=st.sampled_from([0, 0, 1, 12]),
        verify=st.booleans(),
    )
    def is_not_listed_for_a_while(
        self,
        resource: Dimension,
        which: int,
        back: int,
        meanwhile: str,
        later: int,
        *,
        verify: bool,
    ) -> None:
        """And days are asked for meanwhile, and again when it is listed again."""
        listed = sorted(self.studio.listed[resource])
        if len(listed) < 2:
            return
        key = listed[which % len(listed)]
        self.studio.is_listed_no_more(resource, key)
        self._goes_on(hours=2)
        if meanwhile == "asked":
            self._asks_of(resource, self.studio.day(back))
        else:
            self.collects(back, _MENU)
        self._goes_on(hours=24 * later)
        self.studio.is_listed_again(resource, key)
        self._goes_on(hours=2)
        if verify:
            self.verifies(min(back + later, 9), _MENU)
        self.asks(self._of(resource, back + later, 3), "its own", again=False)

    @precondition(lambda self: len(self.studio.ran) < world.MOST_RECORDS)
    @rule(
        resource=st.sampled_from(COUNTED),
        back=st.integers(3, 7),
        which=st.integers(0, 9),
        job=st.integers(0, world.JOBS - 1),
        how=st.sampled_from(["hidden", "forgotten"]),
        late=st.sampled_from(["", "first", "then"]),
        again=st.booleans(),
    )
    def its_cut_is_told_less_than_the_total(
        self,
        resource: Dimension,
        back: int,
        which: int,
        job: int,
        how: str,
        late: str,
        *,
        again: bool,
    ) -> None:
        """A day's total is asked for, and less of it by id later; which is told again, or not."""
        day = self.studio.day(back)
        self._works(back, job, "COMPUTE", job % 2)
        self._goes_on(hours=1)
        self._asks_of(resource, day)
        tells = sorted(self.studio.tells(resource, day).items())
        if not tells:
            return
        (key, _), some = tells[which % len(tells)]
        numbers = {one.number for one in some}
        is_hidden = how == "hidden" and len(self.studio.listed[resource]) > 1
        if is_hidden:
            self.studio.is_listed_no_more(resource, key)
        else:
            self.studio.forgotten |= numbers
        self._goes_on(hours=1)
        self.collects(back + 1, _MENU)
        if late:
            self._works(back, job + 1, "COMPUTE", job % 2)
            self._goes_on(hours=1)
        if late == "first":
            self.verifies(back + 1, _MENU)
        if again and is_hidden:
            self.studio.is_listed_again(resource, key)
        elif again:
            self.studio.forgotten -= numbers
        self._goes_on(hours=1)
        self.verifies(back + 1, _MENU)
        self._asks_of(resource, day)

    @rule(days=_DAYS, writes=st.integers(0, 30))
    def a_check_up_is_broken_off(self, days: int, writes: int) -> None:
        """Between any two writes; somebody else goes on later."""
        outcome = Outcome(FarmId(FARM))
        with closing(self._reporter()) as reporter:
            collector = reporter.collector(self.studio.zone)
            some = list(collector.days(self.studio.day(days).start))
            with broken_off(reporter.history, writes) as broken:
                collector.checkup.check(outcome, some, lambda *_: None)
                collector.checkup.mend(outcome, some)
        self.is_mended |= bool(broken)
        self._looks(Done(verified=some, is_broken=True))

    @rule(
        resource=st.sampled_from(COUNTED),
        some=st.integers(1, 7),
        days=_DAYS,
        writes=st.integers(0, 30),
        on=st.booleans(),
    )
    def accepting_less_is_broken_off(
        self, resource: Dimension, some: int, days: int, writes: int, *, on: bool
    ) -> None:
        """And, or not, somebody checks up right after."""
        self._accepts_less(resource, some, days, writes)
        if on:
            self.verifies(days, _MENU)

    def _asks_of(self, resource: Dimension, day: Window) -> None:
        back = next(back for back in range(30) if self.studio.day(back) == day)
        self.asks(self._of(resource, back, 1), "its own", again=False)

    def _of(self, resource: Dimension, back: int, days: int) -> Asking:
        return Asking((TYPE,), resource, 0, {}, "", Period.DAILY, back, days, None, 0, False)
