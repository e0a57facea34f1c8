"""Names of farms' parts, jobs and people: kept, asked once, and never worth an error."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from simulator import Fault, Person, World
from simulator.tiny import ADA, BEN, COMP, EMPTY_FARM, FARM, JOB_1, JOB_2, LIGHTING, ROBOT
from simulator.world import JOB_COLUMNS
from stats.client import MOST_JOBS
from stats.errors import AccessDenied
from stats.model import FarmId
from stats.names import Names
from stats.people import is_user_id, short_name
from stats.progress import Progress
from tests.stats.asking import wait_until
from tests.stats.conftest import MONDAY, STUCK_SECONDS, TINY, Alter, Answer, Engine, Open

TINY_FARM, ELSEWHERE = FarmId(FARM), FarmId(EMPTY_FARM)
CREW = tuple(f"00000000-0000-4000-8000-{number:012x}" for number in range(100, 130))
DENIED = Fault("DescribeUser", "access_denied", None)
LOST = f"job-{99:032x}"


@functools.cache
def crowded() -> World:
    """The tiny world with thirty more people and 250 more jobs in one queue."""
    at = MONDAY + timedelta(hours=1)
    jobs = [
        (FARM, COMP, job(n), f"Job {n}", ADA, 50, 10, "SUCCEEDED", at, at, at) for n in range(250)
    ]
    people = tuple(Person(user, f"p{n}", f"Person {n}", "") for n, user in enumerate(CREW))
    table = pd.DataFrame(jobs, columns=list(JOB_COLUMNS))
    return replace(
        TINY,
        people=(*TINY.people, *people),
        jobs=pd.concat([TINY.jobs, table], ignore_index=True),
    )


def job(number: int) -> str:
    """The id of one of the 250 jobs; ids are in the order of their numbers."""
    return f"job-{1000 + number:032x}"


def pairs(count: int, first: int = 0) -> list[tuple[str, str]]:
    """So many of the jobs, with their queue."""
    return [(COMP, job(n)) for n in range(first, first + count)]


def slow_until(goes_on: threading.Event, operation: str) -> Alter:
    """Has answers to an operation wait for that."""

    def alter(answer: Answer) -> None:
        if answer.operation == operation:
            assert goes_on.wait(STUCK_SECONDS)

    return alter


def batches(engine: Engine) -> list[int]:
    """How many jobs each BatchGetJob was about."""
    return [len(call["identifiers"]) for call in engine.calls("BatchGetJob")]


@pytest.fixture
def crowd(opened: Open) -> Engine:
    """The engine over the crowded world."""
    return opened(crowded())


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (ROBOT, "robot"),
        ("arn:aws:iam::111122223333:user/studio/leads/kim", "kim"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        (ADA, ADA),
        ("somebody/else", "somebody/else"),
    ],
)
def test_the_id_alone_gives_an_arns_last_part(user: str, name: str) -> None:
    assert short_name(user) == name


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(ADA, True), (BEN, True), (ROBOT, True), ("Ada Reyes", False), (ADA[:-1], False), ("", False)],
)
def test_user_ids_are_known_by_their_form(text: str, is_one: bool) -> None:
    assert is_user_id(text) is is_one


def test_people_have_their_names_and_the_deleted_and_roles_their_ids(engine: Engine) -> None:
    people = engine.names.people(TINY_FARM, [ADA, BEN, ROBOT, "odd"])
    assert people.names == {ADA: "Ada Reyes", BEN: BEN, ROBOT: "robot", "odd": "odd"}
    assert people.trouble.said == ""
    assert sorted(call["UserId"] for call in engine.calls("DescribeUser")) == sorted([ADA, BEN])


def test_identity_center_is_not_asked_where_nobody_is_its_own(engine: Engine) -> None:
    people = engine.names.people(TINY_FARM, [ROBOT])
    assert people.names == {ROBOT: "robot"}
    assert engine.simulator.requests == []
    assert engine.names.people(TINY_FARM, []).names == {}


def test_a_person_without_a_display_name_goes_by_the_user_name(opened: Open) -> None:
    def plain(answer: Answer) -> None:
        if answer.operation == "DescribeUser":
            del answer.body["DisplayName"]

    engine = opened(alter=plain)
    assert engine.names.people(TINY_FARM, [ADA]).names == {ADA: "ada"}


def test_everybody_is_asked_for_once(crowd: Engine) -> None:
    for _ in range(2):
        people = crowd.names.people(TINY_FARM, [*CREW, BEN])
        assert people.names == {BEN: BEN} | {u: f"Person {n}" for n, u in enumerate(CREW)}
    assert crowd.times("DescribeUser") == len(CREW) + 1


def test_many_who_ask_for_the_same_people_at_once_share_the_answers(crowd: Engine) -> None:
    with ThreadPoolExecutor(20) as askers:
        named = list(askers.map(lambda _: crowd.names.people(TINY_FARM, CREW[:5]), range(20)))
    assert all(people.names == named[0].names for people in named)
    assert crowd.times("DescribeUser") == 5


def test_the_store_of_the_deployment_is_taken_before_the_farms_members(engine: Engine) -> None:
    store = TINY.identity_store_id
    names = Names(engine.client, engine.time.clock, seconds=3600, identity_store_id=store)
    assert names.people(TINY_FARM, [ADA]).names == {ADA: "Ada Reyes"}
    assert engine.times("ListFarmMembers") == 0


@pytest.mark.parametrize("operation", ["DescribeUser", "ListFarmMembers"])
def test_denial_costs_the_names_alone_and_is_said(engine: Engine, operation: str) -> None:
    engine.simulator.faults.add(Fault(operation, "access_denied", None))
    people = engine.names.people(TINY_FARM, [ADA, BEN, ROBOT])
    assert people.names == {ADA: ADA, BEN: BEN, ROBOT: "robot"}
    assert people.trouble.said.startswith("People are shown by their ids: ")
    assert f":{operation} to the policy" in people.trouble.said


def test_who_may_not_ask_for_one_does_not_ask_for_all(crowd: Engine) -> None:
    crowd.simulator.faults.add(DENIED)
    crowd.names.people(TINY_FARM, CREW)
    assert crowd.times("DescribeUser") == 1


def test_denial_does_not_take_the_names_that_are_known(engine: Engine) -> None:
    engine.names.people(TINY_FARM, [ADA])
    engine.simulator.faults.add(DENIED)
    people = engine.names.people(TINY_FARM, [ADA, CREW[0]])
    assert people.names == {ADA: "Ada Reyes", CREW[0]: CREW[0]}
    assert people.trouble.said


def test_a_farm_without_members_has_no_store_to_ask_and_says_so(opened: Open) -> None:
    engine = opened(replace(TINY, members=()))
    people = engine.names.people(TINY_FARM, [ADA, ROBOT])
    assert people.names == {ADA: ADA, ROBOT: "robot"}
    assert "no members" in people.trouble.said
    assert engine.times("DescribeUser") == 0


@pytest.mark.parametrize("operation", ["DescribeUser", "ListFarmMembers"])
def test_trouble_is_not_asked_about_again_within_a_minute_but_after_it(
    engine: Engine, operation: str
) -> None:
    engine.simulator.faults.add(Fault(operation, "access_denied"))
    said = engine.names.people(TINY_FARM, [ADA]).trouble.said
    engine.time.advance(59)
    assert engine.names.people(TINY_FARM, [ADA, BEN]).trouble.said == said != ""
    assert engine.times(operation) == 1
    engine.time.advance(2)
    people = engine.names.people(TINY_FARM, [ADA])
    assert (people.names, people.trouble.said) == ({ADA: "Ada Reyes"}, "")


def test_a_farm_without_members_is_not_asked_about_again_within_a_minute(opened: Open) -> None:
    engine = opened(replace(TINY, members=()))
    for _ in range(3):
        assert "no members" in engine.names.people(TINY_FARM, [ADA]).trouble.said
    assert engine.times("ListFarmMembers") == 1


def test_one_farms_trouble_is_not_anothers(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("ListFarmMembers", "access_denied"))
    assert engine.names.people(TINY_FARM, [ADA]).trouble.said
    assert engine.names.people(ELSEWHERE, [ADA]).trouble.said == ""


def test_names_of_people_are_asked_for_anew_when_their_time_is_over(opened: Open) -> None:
    engine = opened(names_seconds=100)
    for seconds, times in ((99, 1), (2, 1), (0, 2)):
        engine.names.people(TINY_FARM, [ADA])
        assert engine.times("DescribeUser") == times
        engine.time.advance(seconds)


def test_jobs_are_asked_for_in_batches_of_a_hundred(crowd: Engine) -> None:
    named = crowd.names.jobs(TINY_FARM, pairs(250))
    assert named.names == {job(n): f"Job {n}" for n in range(250)}
    assert named.trouble.said == ""
    assert batches(crowd) == [100, 100, 50]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (100, [100]), (101, [100, 1])])
def test_a_batch_is_never_empty_nor_too_large(crowd: Engine, count: int, sizes: list[int]) -> None:
    assert len(crowd.names.jobs(TINY_FARM, pairs(count)).names) == count
    assert batches(crowd) == sizes
    assert max(sizes) <= MOST_JOBS


def test_no_jobs_are_not_asked_for(crowd: Engine) -> None:
    assert crowd.names.jobs(TINY_FARM, []).names == {}
    assert crowd.simulator.requests == []


def test_a_job_that_is_known_is_not_asked_for(crowd: Engine) -> None:
    crowd.names.learn_jobs({job(0): "As the rows say", job(1): ""})
    crowd.names.jobs(TINY_FARM, [*pairs(2), *pairs(2)])
    named = crowd.names.jobs(TINY_FARM, pairs(3))
    assert named.names == {job(0): "As the rows say", job(1): "Job 1", job(2): "Job 2"}
    asked = [i["jobId"] for c in crowd.calls("BatchGetJob") for i in c["identifiers"]]
    assert asked == [job(1), job(2)]


@pytest.mark.parametrize("kind", ["access_denied", "internal_error", "cut", "malformed"])
def test_a_batch_that_fails_leaves_the_others_names(crowd: Engine, kind: str) -> None:
    fails = 1 if kind == "access_denied" else 2
    crowd.simulator.faults.add(Fault("BatchGetJob", kind, fails, skip=1))  # type: ignore[arg-type]
    named = crowd.names.jobs(TINY_FARM, pairs(200))
    assert set(named.names) == {job(n) for n in range(100)}
    assert named.trouble.said.startswith("Jobs are shown by their ids: ")
    assert "BatchGetJob" in named.trouble.said


def test_nothing_more_is_asked_for_once_a_batch_has_failed(crowd: Engine) -> None:
    """They are only names: a service in trouble is left alone until the next question."""
    crowd.simulator.faults.add(Fault("BatchGetJob", "access_denied", skip=1))
    named = crowd.names.jobs(TINY_FARM, pairs(250))
    assert named.trouble.said
    assert set(named.names) == {job(n) for n in range(100)}
    assert batches(crowd) == [100, 100]


def test_only_what_a_failed_batch_left_open_is_asked_for_again(crowd: Engine) -> None:
    crowd.simulator.faults.add(Fault("BatchGetJob", "access_denied", skip=1))
    assert crowd.names.jobs(TINY_FARM, pairs(150)).trouble.said
    named = crowd.names.jobs(TINY_FARM, pairs(150))
    assert (len(named.names), named.trouble.said) == (150, "")
    assert batches(crowd) == [100, 50, 50]


def test_a_deleted_job_is_not_asked_for_again_and_again(engine: Engine) -> None:
    for _ in range(3):
        named = engine.names.jobs(TINY_FARM, [(COMP, JOB_1), (COMP, LOST), (LIGHTING, JOB_2)])
        assert set(named.names) == {JOB_1, JOB_2}
        assert named.trouble.said == ""
    assert batches(engine) == [3]


@pytest.mark.parametrize(
    "code", ["InternalServerErrorException", "ThrottlingException", "AccessDeniedException"]
)
def test_a_job_that_could_not_be_looked_up_is_not_taken_for_a_deleted_one(
    opened: Open, code: str
) -> None:
    """BatchGetJob says of each job by itself why it has none."""

    def troubled(answer: Answer) -> None:
        if answer.operation == "BatchGetJob" and not seen:
            seen.append(answer)
            (lost,) = (one for one in answer.body["jobs"] if one["jobId"] == JOB_1)
            answer.body["jobs"].remove(lost)
            ids = {member: lost[member] for member in ("farmId", "queueId", "jobId")}
            answer.body["errors"] = [{**ids, "code": code, "message": "not now"}]

    seen: list[Answer] = []
    engine = opened(alter=troubled)
    both = [(COMP, JOB_1), (LIGHTING, JOB_2)]
    first = engine.names.jobs(TINY_FARM, both)
    assert set(first.names) == {JOB_2}
    engine.time.advance(61)
    again = engine.names.jobs(TINY_FARM, both)
    assert (set(again.names), again.trouble.said) == ({JOB_1, JOB_2}, "")
    assert first.trouble.said


@pytest.mark.parametrize("member", ["jobId", "name"])
def test_a_job_without_what_the_model_promises_costs_the_names_alone(
    opened: Open, member: str
) -> None:
    def broken(answer: Answer) -> None:
        del answer.body["jobs"][0][member]

    named = opened(alter=broken).names.jobs(TINY_FARM, [(COMP, JOB_1)])
    assert named.names == {}
    assert f"lacks “{member}”" in named.trouble.said


LISTED: dict[str, Callable[[Names], object]] = {
    "ListFarms": lambda names: names.farms(),
    "ListQueues": lambda names: names.queues(TINY_FARM),
    "ListFleets": lambda names: names.fleets(TINY_FARM),
    "GetFarm": lambda names: names.cost_scale_factor(TINY_FARM),
}


@pytest.mark.parametrize("operation", LISTED)
def test_a_listing_is_asked_for_once_by_all_who_ask_at_once(engine: Engine, operation: str) -> None:
    engine.simulator.faults.add(Fault(operation, "slow", seconds=0.1))
    with ThreadPoolExecutor(30) as askers:
        answers = list(askers.map(lambda _: LISTED[operation](engine.names), range(30)))
    assert answers == [LISTED[operation](engine.names)] * 30
    assert engine.times(operation) == 1


def test_a_slow_listing_does_not_hold_up_another(opened: Open) -> None:
    others_are_there, held_up = threading.Event(), list[bool]()

    def the_first_is_slow(answer: Answer) -> None:
        if answer.operation == "ListQueues" and not held_up:
            held_up.append(True)
            held_up.append(others_are_there.wait(STUCK_SECONDS))

    engine = opened(alter=the_first_is_slow)
    with ThreadPoolExecutor(1) as asker:
        slow = asker.submit(engine.names.queues, TINY_FARM)
        wait_until(lambda: bool(held_up))
        engine.names.fleets(TINY_FARM)
        engine.names.queues(ELSEWHERE)
        others_are_there.set()
        assert len(slow.result(STUCK_SECONDS)) == 2
    assert held_up == [True, True]


@pytest.mark.parametrize("operation", LISTED)
def test_a_listing_is_kept_for_so_long_and_then_asked_for_again(
    opened: Open, operation: str
) -> None:
    engine = opened(names_seconds=100)
    for seconds, times in ((99, 1), (2, 1), (0, 2)):
        LISTED[operation](engine.names)
        assert engine.times(operation) == times
        engine.time.advance(seconds)


@pytest.mark.parametrize("operation", ["ListFarms", "ListQueues", "ListFleets"])
def test_a_listing_that_failed_is_an_error_and_asked_for_again(
    engine: Engine, operation: str
) -> None:
    engine.simulator.faults.add(Fault(operation, "access_denied"))
    with pytest.raises(AccessDenied):
        LISTED[operation](engine.names)
    assert LISTED[operation](engine.names)


def test_a_scale_factor_that_is_denied_is_none_and_not_asked_for_again(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("GetFarm", "access_denied"))
    factors = [engine.names.cost_scale_factor(TINY_FARM) for _ in range(3)]
    assert factors == [None, None, None]
    assert engine.times("GetFarm") == 1


def test_a_scale_factor_is_not_worth_waiting_for(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("GetFarm", "throttle", None, retry_after=290))
    factors = [engine.names.cost_scale_factor(TINY_FARM) for _ in range(3)]
    assert factors == [None, None, None]
    assert engine.time.elapsed == 0
    assert engine.times("GetFarm") == 1


def test_a_scale_factor_that_failed_is_asked_for_again_after_a_while(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("GetFarm", "internal_error", 2))
    assert engine.names.cost_scale_factor(TINY_FARM) is None
    engine.time.advance(61)
    assert engine.names.cost_scale_factor(TINY_FARM) == 1.0


def test_names_of_jobs_are_asked_for_a_minute_long(opened: Open) -> None:
    """What is under way then is finished, and nothing new is asked for."""

    def slowly(answer: Answer) -> None:
        if answer.operation == "BatchGetJob" and len(batches(engine)) == 3:
            engine.time.advance(61)
            assert given_up.wait(STUCK_SECONDS)

    given_up = threading.Event()
    engine = opened(crowded(), alter=slowly)
    named = engine.names.jobs(TINY_FARM, pairs(250))
    given_up.set()
    assert len(named.names) == 200
    said = "Some jobs are shown by their ids: Names took longer than 60 seconds"
    assert said in named.trouble.said
    joined("farm-names")
    named = engine.names.jobs(TINY_FARM, pairs(250))
    assert (len(named.names), named.trouble.said) == (250, "")
    assert batches(engine) == [100, 100, 50]


def test_who_was_named_before_a_fault_stays_named(crowd: Engine) -> None:
    crowd.simulator.faults.add(Fault("DescribeUser", "access_denied", skip=1))
    people = crowd.names.people(TINY_FARM, CREW)
    assert people.names[CREW[0]] == "Person 0"
    assert "Some people are shown by their ids" in people.trouble.said


def test_forgetting_asks_for_listings_and_people_anew(engine: Engine) -> None:
    def ask() -> None:
        for listed in LISTED.values():
            listed(engine.names)
        engine.names.people(TINY_FARM, [ADA])

    asked = [*LISTED, "DescribeUser"]
    for _ in range(2):
        ask()
    assert [engine.times(operation) for operation in asked] == [1] * len(asked)
    engine.names.forget()
    ask()
    assert [engine.times(operation) for operation in asked] == [2] * len(asked)


def test_forgetting_forgets_trouble(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("DescribeUser", "access_denied"))
    assert engine.names.people(TINY_FARM, [ADA]).trouble.said
    engine.names.forget()
    assert engine.names.people(TINY_FARM, [ADA]).names == {ADA: "Ada Reyes"}


def test_forgetting_keeps_the_names_of_jobs(engine: Engine) -> None:
    """A job's name never changes, and the service forgets it before we need to."""
    engine.names.jobs(TINY_FARM, [(COMP, JOB_1)])
    engine.names.forget()
    assert set(engine.names.jobs(TINY_FARM, [(COMP, JOB_1)]).names) == {JOB_1}
    assert engine.times("BatchGetJob") == 1


HELD: dict[str, Callable[[Names], object]] = {
    **LISTED,
    "DescribeUser": lambda names: names.people(TINY_FARM, [ADA]),
    "BatchGetJob": lambda names: names.jobs(TINY_FARM, [(COMP, JOB_1)]),
}
FOR_NAMES: dict[str, Callable[[Names], object]] = {
    **{o: HELD[o] for o in ("GetFarm", "DescribeUser", "BatchGetJob")},
    "ListQueues": lambda names: names.queues_for_names(TINY_FARM),
    "ListFleets": lambda names: names.fleets_for_names(TINY_FARM),
}


@pytest.mark.parametrize("operation", HELD)
def test_what_is_waited_for_is_told_and_for_how_long(opened: Open, operation: str) -> None:
    def tell(progress: Progress) -> None:
        told.append(str(progress))
        engine.time.advance(1)
        if len(told) == 4:
            four.set()

    told, four = list[str](), threading.Event()
    engine = opened(alter=slow_until(four, operation))
    HELD[operation](engine.names.telling(tell))
    assert len(told) >= 4
    assert re.fullmatch(r"(asking for|looking up) the [a-z’ ]+", told[0])
    assert told[3] == f"{told[0]}, 3 s"
    assert "run" not in "".join(told)


@pytest.mark.parametrize("operation", FOR_NAMES)
@pytest.mark.parametrize(("time_left", "waited"), [(1_000.0, 63), (7.0, 9), (-5.0, 0)])
def test_names_are_waited_for_a_minute_or_until_the_question_is_due(
    opened: Open, operation: str, time_left: float, waited: int
) -> None:
    def tell(_: Progress) -> None:
        engine.time.advance(3)

    given_up = threading.Event()
    engine = opened(alter=slow_until(given_up, operation))
    FOR_NAMES[operation](engine.names.telling(tell, lambda: time_left))
    assert engine.time.elapsed == waited
    given_up.set()


@pytest.mark.parametrize("operation", FOR_NAMES)
def test_names_that_come_too_late_are_there_for_the_next_who_asks(
    opened: Open, operation: str
) -> None:
    def tell(_: Progress) -> None:
        engine.time.advance(61)

    def had(found: Any) -> object:
        return getattr(found, "names", found)

    given_up, ask = threading.Event(), FOR_NAMES[operation]
    engine = opened(alter=slow_until(given_up, operation))
    late = ask(engine.names.telling(tell))
    given_up.set()
    assert late is None or "60 seconds" in str(late)
    joined("farm-names")
    engine.time.advance(61)
    assert had(ask(engine.names)) == had(ask(engine.names)) != had(late)
    assert engine.times(operation) == 1


def joined(name: str) -> None:
    """Waits for what still asks."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(STUCK_SECONDS)


@pytest.mark.parametrize("operation", ["ListQueues", "ListFleets"])
def test_a_list_that_only_names_are_wanted_from_is_no_error_and_asked_for_again_in_a_minute(
    engine: Engine, operation: str
) -> None:
    ask = {"ListQueues": Names.queues_for_names, "ListFleets": Names.fleets_for_names}[operation]
    engine.simulator.faults.add(Fault(operation, "access_denied"))
    for _ in range(3):
        listed, trouble = ask(engine.names, TINY_FARM)
        assert listed == ()
        assert "are shown by their ids: AWS does not allow" in trouble.said
    assert engine.times(operation) == 1
    engine.names.forget_lists()
    listed, trouble = ask(engine.names, TINY_FARM)
    assert (len(listed) > 1, trouble.said) == (True, "")


@pytest.mark.parametrize("operation", FOR_NAMES)
def test_who_has_no_time_left_costs_the_next_nothing(opened: Open, operation: str) -> None:
    given_up, ask = threading.Event(), FOR_NAMES[operation]
    engine = opened(alter=slow_until(given_up, operation))
    late = ask(engine.names.telling(lambda _: None, lambda: 0.0))
    given_up.set()
    assert late is None or "No time was left" in str(late)
    joined("farm-names")
    assert "No time" not in str(ask(engine.names))
    assert ask(engine.names) is not None
    assert engine.times(operation) == 1


@pytest.mark.parametrize("operation", ["ListQueues", "ListFleets", "DescribeUser", "GetFarm"])
def test_those_who_ask_at_once_share_a_failure_too(engine: Engine, operation: str) -> None:
    engine.simulator.faults.add(Fault(operation, "internal_error", None, seconds=0.1))
    with ThreadPoolExecutor(8) as askers:
        list(askers.map(lambda _: FOR_NAMES[operation](engine.names), range(8)))
    attempts = 2 if operation in ("DescribeUser", "GetFarm") else 3
    assert engine.times(operation) == attempts


def test_those_who_gave_up_do_not_ask_for_the_same_jobs_again(opened: Open) -> None:
    def impatient(_: Progress) -> None:
        raise TimeoutError

    given_up = threading.Event()
    engine = opened(crowded(), alter=slow_until(given_up, "BatchGetJob"))
    for _ in range(4):
        with pytest.raises(TimeoutError):
            engine.names.telling(impatient).jobs(TINY_FARM, pairs(250))
    given_up.set()
    named = engine.names.jobs(TINY_FARM, pairs(250))
    assert (len(named.names), named.trouble.said) == (250, "")
    assert batches(engine) == [100, 100, 50]


def test_names_that_are_not_kept_are_had_all_the_same(opened: Open) -> None:
    engine = opened(names_seconds=0)
    for _ in range(2):
        people = engine.names.people(TINY_FARM, [ADA, BEN, ROBOT])
        assert people.names == {ADA: "Ada Reyes", BEN: BEN, ROBOT: "robot"}
        assert people.trouble.said == ""
        assert set(engine.names.jobs(TINY_FARM, [(COMP, JOB_1)]).names) == {JOB_1}
    assert engine.times("DescribeUser") == 4


def test_names_that_are_forgotten_while_others_are_asked_for_are_had(engine: Engine) -> None:
    engine.names.people(TINY_FARM, [ADA])
    engine.simulator.faults.add(Fault("DescribeUser", "slow", seconds=0.4))
    told = engine.names.telling(lambda _: engine.names.forget())
    assert told.people(TINY_FARM, [ADA, BEN]).names == {ADA: "Ada Reyes", BEN: BEN}
