"""A witness that holds all records is joined another way, and tells the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import rollup
from stats.join import Ambiguous
from stats.model import Dimension, FarmId, Filter, Question, Scope, Window
from stats.plan import Cut, Plan, Witness
from stats.rollup import Known
from tests.stats.frames import cut

D = Dimension
DAY = date(2025, 10, 22)
WINDOW = Window(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
USER, QUEUE = Witness(D.JOB, D.USER), Witness(D.JOB, D.QUEUE)
BY = (D.JOB, D.INSTANCE_TYPE)
Told = Mapping[Witness, pd.DataFrame]


def asked(by: Iterable[Dimension], where: Mapping[Dimension, Iterable[str]], text: str) -> Question:
    kept = tuple(Filter(one, frozenset(values)) for one, values in where.items())
    scope = Scope(D.FLEET, ("f",))
    return Question(FarmId("farm"), scope, WINDOW, by=tuple(by), where=kept, job_name_contains=text)


def told(
    question: Question, base: pd.DataFrame, shown: Told, complete: Iterable[Witness]
) -> object:
    """Keys, cost and records of an answer; or that it is ambiguous."""
    plan = Plan(question, Cut(BY), tuple(shown))
    try:
        found = rollup.answer(plan, base, shown, Known(complete=frozenset(complete)))
    except Ambiguous:
        return Ambiguous
    keys = [dimension.column for dimension in question.by]
    return found.table[[*keys, "cost_usd_sum", "count"]].to_numpy().tolist()


JOBS = ("j1", "j2", "j3")
pairs = st.fixed_dictionaries({job: st.sets(st.sampled_from("abc"), min_size=1) for job in JOBS})
kept = st.none() | st.sets(st.sampled_from([*"abc", ""]), min_size=1)


@settings(max_examples=60)
@given(
    rows=st.sets(st.tuples(st.sampled_from(JOBS), st.sampled_from(["c5", "r5"]))),
    users=pairs,
    queues=pairs,
    of_users=kept,
    of_queues=kept,
    by=st.sets(st.sampled_from([D.USER, D.QUEUE, D.INSTANCE_TYPE])),
    text=st.sampled_from(["", "j2"]),
)
def test_it_tells_what_it_tells_otherwise(
    rows: set[tuple[str, str]],
    users: dict[str, set[str]],
    queues: dict[str, set[str]],
    of_users: set[str] | None,
    of_queues: set[str] | None,
    by: set[Dimension],
    text: str,
) -> None:
    base = cut(BY, [(DAY, *row, 1, 2.0**n) for n, row in enumerate(sorted(rows))])
    shown = {
        witness: cut(
            (witness.key, witness.value),
            [(DAY, job, value) for job, values in some.items() for value in sorted(values)],
        )
        for witness, some in ((USER, users), (QUEUE, queues))
    }
    where = {D.USER: of_users, D.QUEUE: of_queues}
    question = asked(by, {one: values for one, values in where.items() if values}, text)
    every = [told(question, base, shown, complete) for complete in ((), shown, [USER], [QUEUE])]
    sure, *others = [one for one in every if one is not Ambiguous] or [Ambiguous]
    assert all(one == sure for one in others)


def by_job(*rows: tuple[str, float]) -> pd.DataFrame:
    return cut(BY, [(DAY, job, "c5", 1, cost) for job, cost in rows])


def of_jobs(witness: Witness, **values: str) -> pd.DataFrame:
    """What it says of each job; several values as several letters."""
    shown = [(job, value) for job, some in values.items() for value in some]
    return cut((witness.key, witness.value), [(DAY, *pair) for pair in shown])


@pytest.mark.parametrize("complete", [(), (USER,)], ids=["not all", "all"])
@pytest.mark.parametrize(
    ("where", "right"),
    [
        ({}, [["a", 4.0, 1], ["b", 3.0, 2]]),
        ({D.USER: "b"}, [["b", 3.0, 2]]),
        ({D.USER: "c"}, []),
        ({D.USER: "ac"}, [["a", 4.0, 1]]),
    ],
)
def test_costs_go_to_whom_their_jobs_are_of(
    where: dict[Dimension, str], right: list[object], complete: tuple[Witness, ...]
) -> None:
    shown = {USER: of_jobs(USER, j1="b", j2="a", j3="b", j9="c")}
    base = by_job(("j1", 1.0), ("j2", 4.0), ("j3", 2.0))
    assert told(asked([D.USER], where, ""), base, shown, complete) == right


@pytest.mark.parametrize("complete", [(), (USER,), (QUEUE,), (USER, QUEUE)], ids=len)
def test_a_key_with_two_values_does_not_matter_where_another_witness_leaves_it_out(
    complete: tuple[Witness, ...],
) -> None:
    """Of the second job two users are told; it is of another queue than the one that is asked."""
    shown = {USER: of_jobs(USER, j1="a", j2="ab"), QUEUE: of_jobs(QUEUE, j1="x", j2="y")}
    base = by_job(("j1", 1.0), ("j2", 4.0))
    assert told(asked([D.USER], {D.QUEUE: "x"}, ""), base, shown, complete) == [["a", 1.0, 1]]
    assert told(asked([D.USER], {D.QUEUE: "y"}, ""), base, shown, complete) is Ambiguous
    assert told(asked([D.USER], {}, "j1"), base, shown, complete) == [["a", 1.0, 1]]


@pytest.mark.parametrize("complete", [(), (USER,)], ids=["not all", "all"])
def test_a_key_both_inside_and_outside_is_told_by_neither(complete: tuple[Witness, ...]) -> None:
    shown, base = {USER: of_jobs(USER, j1="ab", j2="b")}, by_job(("j1", 1.0), ("j2", 4.0))
    for by in ([], [D.USER]):
        assert told(asked(by, {D.USER: "a"}, ""), base, shown, complete) is Ambiguous
    assert told(asked([], {D.USER: "ab"}, ""), base, shown, complete) == [[5.0, 2]]
    assert told(asked([D.USER], {D.USER: "ab"}, ""), base, shown, complete) is Ambiguous
    assert told(asked([], {D.USER: "c"}, ""), base, shown, complete) == []


@pytest.mark.parametrize("complete", [(), (QUEUE,)], ids=len)
def test_what_one_witness_does_not_know_another_still_tells(complete: tuple[Witness, ...]) -> None:
    """Of whom the second job is, is not known; its queue is."""
    shown = {USER: of_jobs(USER, j1="a", j3="b"), QUEUE: of_jobs(QUEUE, j1="x", j2="y", j3="x")}
    base = by_job(("j1", 1.0), ("j2", 4.0), ("j3", 2.0))
    about = asked([D.QUEUE], {D.USER: ["a", ""]}, "")
    assert told(about, base, shown, complete) == [["y", 4.0, 1], ["x", 1.0, 1]]


def test_a_filter_by_one_key_leaves_what_another_key_tells() -> None:
    """Compute ran on c5; whose a job is, is told by the job and not by the machine."""
    kind = Witness(D.INSTANCE_TYPE, D.USAGE_TYPE)
    types = cut((kind.key, kind.value), [(DAY, "c5", "COMPUTE")])
    shown = {kind: types, USER: of_jobs(USER, j1="a")}
    about = asked([D.USER], {D.USAGE_TYPE: ["COMPUTE"]}, "")
    assert told(about, by_job(("j1", 1.0)), shown, shown) == [["a", 1.0, 1]]


def test_a_usage_type_tells_of_nothing_but_what_it_never_has() -> None:
    """Snapshots are of no user; what compute is of users, the usage type does not tell."""
    user = Witness(D.USAGE_TYPE, D.USER)
    by = (D.USAGE_TYPE, D.INSTANCE_TYPE)
    shown = {user: cut((user.key, user.value), [(DAY, "COMPUTE", "a"), (DAY, "SNAPSHOT", "")])}
    found = []
    for kind in ("SNAPSHOT", "COMPUTE"):
        plan = Plan(asked([D.USER], {}, ""), Cut(by), (user,))
        with suppress(Ambiguous):
            table = rollup.answer(plan, cut(by, [(DAY, kind, "", 1, 4.0)]), shown).table
            found.append((kind, table["user_id"].tolist(), table["cost_usd_sum"].tolist()))
    assert found == [("SNAPSHOT", [""], [4.0])]
