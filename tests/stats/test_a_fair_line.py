"""The farm's next run is of whoever has had least of it lately: nobody's many runs keep others."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from simulator.tiny import COMP, LIGHTING
from stats.cuts import doing
from stats.model import Dimension
from stats.plan import Cut, Run
from stats.shares import ANYBODY, BY_NIGHT, LATELY_SECONDS, Asker, Shares
from stats.ticket import Ticket
from tests.stats.conftest import MONDAY, RUN, START, Engine, Open, over

GREEDY = [Asker("greedy", f"session {n}") for n in range(20)]
NEWCOMER = Asker("newcomer", "session")


def runs(many: int, ids: tuple[str, ...] = (COMP, LIGHTING)) -> list[Run]:
    """Runs that differ by their windows; none holds another."""
    return [
        over(
            ids=ids,
            cut=Cut((Dimension.USER,)),
            window=replace(
                RUN.window,
                start=MONDAY - timedelta(days=40 - n),
                end=MONDAY - timedelta(days=20 - n),
            ),
        )
        for n in range(many)
    ]


def started(engine: Engine) -> list[str]:
    """When the windows of Starts begin, in order."""
    return [str(call["startTime"])[:10] for call in engine.calls(START)]


def begins(run: Run) -> str:
    return f"{run.window.start:%Y-%m-%d}"


def until_done(tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        ticket.answer.result(20)


def put(engine: Engine, some: Sequence[Run], askers: Sequence[Asker]) -> list[Ticket]:
    return [engine.line.ask(run, None, who) for run, who in zip(some, askers, strict=True)]


def asked_together(engine: Engine, *some: tuple[Sequence[Run], Sequence[Asker]]) -> list[str]:
    """What is started, in order, where all ask while the first run computes."""
    with engine.time.held():
        first = put(engine, some[0][0][:1], some[0][1][:1])
        engine.time.until_asleep(1)
        rest = [(some[0][0][1:], some[0][1][1:]), *some[1:]]
        tickets = [ticket for one, askers in rest for ticket in put(engine, one, askers)]
    until_done([*first, *tickets])
    return started(engine)


def test_a_newcomer_waits_for_two_runs_of_others_at_most(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    *many, newcomers = runs(21)
    order = asked_together(engine, (many, GREEDY), ([newcomers], [NEWCOMER]))
    assert order.index(begins(newcomers)) <= 2
    assert len(order) == 21


def test_who_waits_is_told_how_many_runs_of_others_come_before(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    every, greedy = runs(6), GREEDY[0]
    with engine.time.held():
        first = put(engine, every[:1], [greedy])
        engine.time.until_asleep(1)
        tickets = put(engine, every[1:], [greedy] * 2 + [NEWCOMER] * 3)
        theirs, mine = tickets[:2], tickets[2:]
        behind = [ticket.behind(NEWCOMER) for ticket in (*first, *theirs, *mine)]
        assert behind == [0, 1, 2, 3, 3, 3]
        assert [ticket.behind(greedy) for ticket in (*theirs, *mine)] == [0, 0, 0, 1, 2]
        told = [doing(ticket, NEWCOMER) for ticket in (*first, theirs[0], mine[0])]
    until_done([*first, *tickets])
    assert told == [
        "the service is adding up",
        "waiting for its turn, behind 1 run of others",
        "waiting for its turn, behind 3 runs of others",
    ]
    assert [doing(ticket, NEWCOMER) for ticket in mine] == ["done"] * 3


def test_every_one_of_a_newcomers_runs_comes_before_those_of_whoever_had_more(
    opened: Open,
) -> None:
    engine = opened(running_base_seconds=3)
    every = runs(24)
    until_done(put(engine, every[:10], GREEDY[:10]))
    order = asked_together(engine, (every[10:20], GREEDY[10:]), (every[20:], [NEWCOMER] * 4))
    assert sorted(order[11:15]) == sorted(map(begins, every[20:]))


def test_the_sessions_of_one_client_take_turns(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    every = runs(8)
    one, other = GREEDY[:2]
    order = asked_together(engine, (every[:6], [one] * 6), (every[6:], [other] * 2))
    assert max(order.index(begins(run)) for run in every[6:]) <= 3


def test_runs_of_one_session_keep_their_order(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    every = runs(6)
    assert asked_together(engine, (every, [ANYBODY] * 6)) == [begins(run) for run in every]


def test_equal_runs_of_many_are_one_and_of_whoever_had_least(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    every = runs(6)
    order = asked_together(engine, (every, GREEDY[:6]), (every[5:], [NEWCOMER]))
    assert order[1] == begins(every[5])
    assert len(order) == 6


def test_halves_of_a_run_belong_to_whoever_asked_for_it(opened: Open) -> None:
    engine = opened(running_base_seconds=3, timeout_records=6)
    large, (small,) = over(), runs(1)
    order = asked_together(engine, ([large], GREEDY[:1]), ([small], [NEWCOMER]))
    assert order.index(begins(small)) == 1
    assert len(order) > 3


def test_a_collector_comes_after_people(opened: Open) -> None:
    engine = opened(running_base_seconds=3)
    every = runs(9)
    order = asked_together(engine, (every[:4], [BY_NIGHT] * 4), (every[4:], GREEDY[:5]))
    assert sorted(order[1:6]) == sorted(map(begins, every[4:]))
    assert order[6:] == [begins(run) for run in every[1:4]]


def test_nobody_is_passed_over_for_longer_than_a_while() -> None:
    """What somebody had is forgotten, and then whoever has waited for longest is the next."""
    now = [0.0]
    shares = Shares(lambda: now[0])
    shares.take_in({GREEDY[0]}, 900.0)
    assert shares.ranking()({GREEDY[1]}) > shares.ranking()({NEWCOMER})
    now[0] = 599.0
    assert shares.ranking()({GREEDY[1]}) > shares.ranking()({NEWCOMER})
    now[0] = LATELY_SECONDS + 1
    assert shares.ranking()({GREEDY[1]}) == shares.ranking()({NEWCOMER})


def test_what_many_waited_for_counts_for_each_in_part() -> None:
    shares = Shares(lambda: 0.0)
    shares.take_in({GREEDY[0], NEWCOMER}, 10.0)
    shares.take_in({ANYBODY}, 6.0)
    assert shares.ranking()({NEWCOMER}) < shares.ranking()({ANYBODY})


def test_clients_come_before_their_sessions_and_collectors_after_all() -> None:
    """The one client had 9 seconds in two sessions, the other 6 in one."""
    shares = Shares(lambda: 0.0)
    one, two, other = Asker("a", "1"), Asker("a", "2"), Asker("b", "1")
    for asker, seconds in ((one, 8.0), (two, 1.0), (other, 4.0), (other, 2.0)):
        shares.take_in({asker}, seconds)
    rank = shares.ranking()
    assert rank({other}) == (False, 6.0, 6.0)
    assert rank({two}) == (False, 9.0, 1.0)
    assert rank({one}) == (False, 9.0, 8.0)
    assert rank({BY_NIGHT}) == (True, 0.0, 0.0)
    assert rank({one, two, BY_NIGHT}) == rank({two})
    assert rank({one, other, two}) == rank({other})


def test_what_was_had_counts_for_ten_minutes() -> None:
    now = [0.0]
    shares = Shares(lambda: now[0])
    shares.take_in({NEWCOMER}, 5.0)
    now[0] = 1.0
    shares.take_in({NEWCOMER, ANYBODY}, 4.0)
    had = []
    for at in (600.0, 600.5, 601.5):
        now[0] = at
        had.append(shares.ranking()({NEWCOMER})[1])
    assert had == [7.0, 2.0, 0.0]


def test_many_threads_that_ask_at_once_are_all_answered(opened: Open) -> None:
    engine = opened(running_base_seconds=1)
    tickets: list[Ticket] = []

    def ask(n: int) -> None:
        tickets.extend(put(engine, runs(20)[n : n + 2], GREEDY[n : n + 2]))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(0, 20, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until_done(tickets)
    assert len(started(engine)) == 20
