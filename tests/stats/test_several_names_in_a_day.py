"""A job that was renamed within a day keeps each name in history; people are called by the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from stats import past
from stats.amendment import Meeting, amended
from stats.compact import compact
from stats.dayfile import Shelf
from stats.derivation import derived
from stats.model import Dimension, FarmId, Question, Scope
from stats.verdict import judged
from tests.stats.frames import Row
from tests.stats.test_files_of_strangers import opened
from tests.stats.test_history import BY_JOB, FARM, LATER, ORIGIN, TOTAL, day, rows

D = Dimension
SCOPE = Scope(D.QUEUE, ("queue-a", "queue-b"), whole=True)
QUESTION = Question(FarmId(FARM), SCOPE, day(0), "America/Los_Angeles", (D.JOB,))
JOBS: list[Row] = [("j1", "ada", 1, 2.0), ("j1", "ada", 2, 3.0), ("j1", "ada", 1, 4.0)]
NAMES = ("Lamp_light", "Harbour_dusk", "Lamp_light")


def called(shelf: Shelf, of: list[Row], names: tuple[str, ...]) -> pd.DataFrame:
    """Rows of a day, of jobs of those names."""
    return rows(shelf, *of, at=day(0)).assign(job_name=pd.Series(names, dtype="str"))


@pytest.mark.parametrize("text", ["lamp", "harbour"])
def test_history_finds_it_by_either_name_and_counts_it_whole(tmp_path: Path, text: str) -> None:
    """2.00 and 4.00 by the first name, 3.00 by the second."""
    history = opened(tmp_path)
    history.put(BY_JOB, day(0), called(BY_JOB, JOBS, NAMES), ORIGIN)
    history.put(TOTAL, day(0), rows(TOTAL, ("COMPUTE", 4, 9.0), at=day(0)), ORIGIN)
    told = past.told(opened(tmp_path), replace(QUESTION, job_name_contains=text), day(0))
    assert told is not None
    (row,) = told.answers[0].table.to_dict("records")
    assert (row["job_id"], row["count"], row["cost_usd_sum"]) == ("j1", 4, 9.0)
    assert told.answers[0].names == {"j1": {"Lamp_light", "Harbour_dusk"}}


@pytest.mark.parametrize("order", [1, -1], ids=["as told", "turned"])
def test_it_is_called_by_its_latest_name_and_within_a_day_by_the_last_of_the_alphabet(
    tmp_path: Path, order: int
) -> None:
    """Nothing tells which of a day's names is the later; on the day after it is called again."""
    history = opened(tmp_path)
    history.put(BY_JOB, day(0), called(BY_JOB, JOBS[::order], NAMES[::order]), ORIGIN)
    history.put(TOTAL, day(0), rows(TOTAL, ("COMPUTE", 4, 9.0), at=day(0)), ORIGIN)
    after = rows(BY_JOB, ("j1", "ada", 1, 1.0), at=day(1)).assign(job_name="Aurora")
    history.put(BY_JOB, day(1), after, ORIGIN)
    history.put(TOTAL, day(1), rows(TOTAL, ("COMPUTE", 1, 1.0), at=day(1)), ORIGIN)
    for end, name in ((day(0).end, "Lamp_light"), (day(1).end, "Aurora")):
        window = replace(day(0), end=end)
        told = past.told(opened(tmp_path), replace(QUESTION, window=window), window)
        assert told is not None
        assert told.answers[0].table["job_name"].tolist() == [name]


def test_such_a_file_has_a_row_a_name_and_is_as_it_should_be_by_month_too(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for number in (0, 1):
        table = called(BY_JOB, JOBS, NAMES).assign(period_start=pd.Timestamp(day(number).start))
        history.put(BY_JOB, day(number), table, ORIGIN)
    list(compact(history, [BY_JOB], LATER + timedelta(days=60)))
    again = opened(tmp_path)
    assert len(again.files(BY_JOB)) == 1
    assert again.sound(BY_JOB, [day(0), day(1)], to_the_end=True) == {day(0), day(1)}
    found = again.read(BY_JOB, day(1))[["job_name", "count", "cost_usd_sum"]]
    assert sorted(found.to_records(index=False).tolist()) == [
        ("Harbour_dusk", 2, 3.0),
        ("Lamp_light", 2, 6.0),
    ]


BY_QUEUE = Shelf(FARM, D.QUEUE, (D.JOB, D.QUEUE))
BY_ID = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USAGE_TYPE))


def cuts(more: float, *, both: bool = True) -> dict[Shelf, pd.DataFrame]:
    """The day's cuts with so much more of the first name; with another queue's job, or not."""
    jobs = [("j1", "ada", 1, 2.0 + more), *JOBS[1:], ("j2", "ben", 1, 5.0)][: 4 if both else 3]
    queues = {"j1": "queue-a", "j2": "queue-b"}
    costs = [("queue-a", "COMPUTE", 4, 9.0 + more), ("queue-b", "COMPUTE", 1, 5.0)]
    costs = costs if both else costs[:1]
    names = (*NAMES, "Comp")[: len(jobs)]
    total = ("COMPUTE", sum(n for _, _, n, _ in costs), sum(usd for *_, usd in costs))
    found = {
        BY_JOB: called(BY_JOB, jobs, names).assign(user_name=""),
        BY_QUEUE: called(BY_QUEUE, [(one[0], queues[one[0]], *one[2:]) for one in jobs], names),
        BY_ID: rows(BY_ID, *costs, at=day(0)),
        TOTAL: rows(TOTAL, total, at=day(0)),
    }
    about = {"fetched_at": pd.Timestamp(LATER), "cost_scale_factor": 1.0}
    return {shelf: one.assign(**about) for shelf, one in found.items()}


def by_name(some: pd.DataFrame) -> dict[str, float]:
    return some.groupby("job_name")["cost_usd_sum"].sum().to_dict()


def test_a_day_that_is_put_together_keeps_every_name() -> None:
    """One queue tells 1.00 more by now, and the other has been forgotten."""
    stored, fresh = cuts(0.0), cuts(1.0, both=False)
    told = amended(Meeting(D.QUEUE, stored, fresh, judged(D.QUEUE, stored[BY_ID], fresh[BY_ID])))
    for shelf in (BY_JOB, BY_QUEUE):
        right = {"Lamp_light": 7.0, "Harbour_dusk": 3.0, "Comp": 5.0}
        assert (told[shelf].complete, by_name(told[shelf].rows)) == (True, right)


def test_a_cut_follows_from_another_whatever_its_jobs_are_called() -> None:
    stored, fresh = cuts(0.0), cuts(1.0)
    found = derived(BY_QUEUE, stored, fresh, {BY_JOB: fresh[BY_JOB]})
    assert found is not None
    assert by_name(found) == {"Lamp_light": 7.0, "Harbour_dusk": 3.0, "Comp": 5.0}
    assert len(found) == 3


def test_a_person_is_called_what_was_told_last(tmp_path: Path) -> None:
    history = opened(tmp_path)
    by_user = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE, D.USER))
    for number, name in enumerate(("Zoe Before", "Ada After")):
        at = LATER - timedelta(days=5 - number)
        table = rows(by_user, ("COMPUTE", "u1", 1, 2.0), at=day(number)).assign(user_name=name)
        history.put(by_user, day(number), table, replace(ORIGIN, fetched_at=at))
        total = rows(TOTAL, ("COMPUTE", 1, 2.0), at=day(number))
        history.put(TOTAL, day(number), total, ORIGIN)
    window = replace(day(0), end=day(1).end)
    by = (D.USER, D.USAGE_TYPE)
    told = past.told(history, replace(QUESTION, window=window, by=by), window)
    assert told is not None
    assert told.people_called(["u1"]) == {"u1": "Ada After"}
