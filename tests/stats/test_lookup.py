"""From what people write to ids: names exactly, then whatever the case, and never by a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from botocore.session import get_session

from simulator import Farm, Fault, Fleet, Person, Queue, SimulatorSettings, World, tiny_world
from simulator.tiny import (
    ADA,
    BEN,
    COMP,
    EMPTY_FARM,
    FARM,
    JOB_1,
    JOB_2,
    JOB_3,
    LIGHTING,
    RACK,
    ROBOT,
    SPOT,
)
from stats import lookup
from stats.errors import NamesMissing, NotFound, QuestionError, UnknownName
from stats.model import Dimension, FarmId, Filter
from stats.wire import USAGE_TYPES
from stats.zone import Zone
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world

D = Dimension
OURS = FarmId(FARM)
WEEK = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
MONDAY = WEEK[0], datetime(2026, 3, 3, tzinfo=UTC)
NAMESAKE = "00000000-0000-4000-8000-00000000000a"
SHOUTING = "00000000-0000-4000-8000-00000000000b"
JOB_4, JOB_5 = (f"job-{n:032x}" for n in (4, 5))
_BORN = datetime(2025, 1, 1, tzinfo=UTC)


def _id(kind: str, number: int) -> str:
    return f"{kind}-{number:032x}"


def crowded_world() -> World:
    """The tiny world with namesakes: farms, queues, fleets, a person and a job."""
    tiny = tiny_world()
    names = (
        "Paint",
        "Paint",
        "paint",
        "Trailer, 4K",
        "Roto ",
        "a=b",
        "Ab,Ba",
        "Straße",
        "AB",
        "BA",
    )
    queues = tuple(Queue(FARM, _id("queue", 10 + n), name, _BORN) for n, name in enumerate(names))
    kinds = (("c5.4xlarge", 1.0),)
    fleets = tuple(
        Fleet(FARM, _id("fleet", 10 + n), name, _BORN, "spot", kinds, 1)
        for n, name in enumerate(("GPU", "gpu", "Wait, save"))
    )
    usage = [_used(JOB_4, NAMESAKE), _used(JOB_5, SHOUTING)]
    job = tiny.jobs.iloc[:1].assign(job_id=JOB_4, user_id=NAMESAKE)
    shouted = job.assign(job_id=JOB_5, user_id=SHOUTING, name="CONDABUILD: BLENDER-4.1")
    return replace(
        tiny,
        farms=(*tiny.farms, Farm(_id("farm", 3), "TINY", "", 1.0, _BORN)),
        queues=tiny.queues + queues,
        fleets=tiny.fleets + fleets,
        people=(
            *tiny.people,
            Person(NAMESAKE, "ada2", "Ada Reyes", ""),
            Person(SHOUTING, "ada3", "ADA REYES", ""),
        ),
        jobs=pd.concat([tiny.jobs, job, shouted], ignore_index=True),
        usage=pd.concat(
            [tiny.usage, pd.DataFrame(usage, columns=tiny.usage.columns)], ignore_index=True
        ),
    )


def _used(job: str, user: str) -> tuple[object, ...]:
    at = datetime(2026, 3, 3, 5, tzinfo=UTC)
    return (FARM, COMP, SPOT, job, user, "COMPUTE", "c5.4xlarge", None, at, 60, 1.0)


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with asking(crowded_world()) as one:
        yield one


@pytest.fixture
def fresh() -> Iterator[Asker]:
    """One that nobody has asked anything yet."""
    with asking(tiny_world()) as one:
        yield one


def kept(asker: Asker, *conditions: str, scope: str = "queue", **more: object) -> list[set[str]]:
    """The values that conditions keep, looked up in the week."""
    window = more.get("window", WEEK)
    asked = question(asker.simulator.world, window, scope=scope)  # type: ignore[arg-type]
    found = lookup.filters(asker.reporter, asked, conditions)
    words = [condition.partition("=")[0] for condition in conditions]
    assert [one.dimension.value for one in found] == words
    return [set(one.values) for one in found]


def declined(asker: Asker, condition: str, **more: object) -> str:
    with pytest.raises(UnknownName) as error:
        kept(asker, condition, **more)  # type: ignore[arg-type]
    return str(error.value)


def unnamed(asker: Asker, condition: str, exit_code: int) -> str:
    """What is said where names can't be had; the command ends as what kept them from being had."""
    with pytest.raises(NamesMissing) as error:
        kept(asker, condition)
    assert error.value.exit_code == exit_code
    return str(error.value)


def test_ids_are_taken_as_they_are_without_a_listing(fresh: Asker) -> None:
    names, unknown = fresh.reporter.names, _id("queue", 77)
    assert lookup.farm(names, _id("farm", 99)) == _id("farm", 99)
    assert lookup.resources(names, OURS, D.QUEUE, f"{COMP}, {unknown}") == (COMP, unknown)
    assert lookup.scope(names, OURS, None, f"{RACK},{SPOT}").ids == (SPOT, RACK)
    assert fresh.simulator.requests == []


def test_a_name_is_taken_exactly_before_it_is_taken_whatever_the_case(asker: Asker) -> None:
    names = asker.reporter.names
    assert lookup.farm(names, "Tiny") == FARM
    assert lookup.farm(names, "TINY") == _id("farm", 3)
    assert lookup.farm(names, "eMPTy") == EMPTY_FARM
    assert lookup.resources(names, OURS, D.QUEUE, "paint") == (_id("queue", 12),)
    assert lookup.resources(names, OURS, D.QUEUE, "LIGHTING,comp") == (LIGHTING, COMP)
    assert lookup.resources(names, OURS, D.QUEUE, "STRASSE") == (_id("queue", 17),)
    assert lookup.resources(names, OURS, D.FLEET, "gpu") == (_id("fleet", 11),)


@pytest.mark.parametrize(
    ("kind", "text", "several"),
    [
        ("queue", "Paint", [10, 11]),
        ("queue", "PAINT", [10, 11, 12]),
        ("fleet", "Gpu", [10, 11]),
    ],
)
def test_a_name_of_several_is_declined_with_their_ids(
    asker: Asker, kind: str, text: str, several: list[int]
) -> None:
    with pytest.raises(UnknownName) as error:
        lookup.resources(asker.reporter.names, OURS, D(kind), f"{text},{_id(kind, 1)}")
    said = str(error.value)
    assert f"{len(several)} {kind}s are called “{text}”" in said
    assert [n for n in range(9, 20) if _id(kind, n) in said] == several
    assert error.value.exit_code == 2


def test_farms_of_one_name_are_declined_with_their_ids(asker: Asker) -> None:
    with pytest.raises(UnknownName, match=f"{FARM}, {_id('farm', 3)}"):
        lookup.farm(asker.reporter.names, "tiny")


def test_an_unknown_name_is_answered_with_the_names_there_are(asker: Asker) -> None:
    names = asker.reporter.names
    with pytest.raises(UnknownName, match=r"no farm “Nowhere”.*“Tiny”, “Empty”, “TINY”"):
        lookup.farm(names, "Nowhere")
    with pytest.raises(UnknownName, match=r"no queue “FX”.*“Comp”, “Lighting”, “Paint”"):
        lookup.resources(names, OURS, D.QUEUE, "Comp,FX")
    with pytest.raises(UnknownName, match=r"no fleet “Comp”.*“Spot”, “Rack”, “GPU”"):
        lookup.resources(names, OURS, D.FLEET, "Comp")
    with pytest.raises(UnknownName, match=r"no fleet “x”.*there are: none\."):
        lookup.resources(names, FarmId(EMPTY_FARM), D.FLEET, "x")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-10-01", "2026-10-01T07:00Z"),
        ("2026-10-01T05:00", "2026-10-01T12:00Z"),
        ("2026-10-01T05:00Z", "2026-10-01T05:00Z"),
        ("2026-10-01T05:00+02:00", "2026-10-01T03:00Z"),
        ("2026-10-01T23:00-04:00", "2026-10-02T03:00Z"),
        ("2026-10-01 05:00", "2026-10-01T12:00Z"),
        ("20261001", "2026-10-01T07:00Z"),
        ("2026-W40-4", "2026-10-01T07:00Z"),
    ],
)
def test_an_hour_is_local_unless_it_has_its_own_offset(text: str, instant: str) -> None:
    found = lookup.instant(text, Zone("America/Los_Angeles"))
    assert found == datetime.fromisoformat(instant)


@pytest.mark.parametrize(
    "text", ["2026-10-01+02:00", "2026-10-01-07:00", "2026-10-01-07", "2026-10-01x05:00"]
)
def test_the_offset_of_a_date_is_not_taken_for_an_hour(text: str) -> None:
    """Python takes any sign between the day and the hour, a plus or minus too."""
    with pytest.raises(QuestionError, match="neither a date nor an hour"):
        lookup.instant(text, Zone("America/Los_Angeles"))


def test_a_filter_of_a_fleet_that_nothing_is_known_of_is_declined(asker: Asker) -> None:
    never = _id("fleet", 99)
    with pytest.raises(NotFound, match=f"lists no fleet {never}"):
        kept(asker, f"fleet={RACK},{never}")
    with pytest.raises(NotFound, match=f"lists no fleet {never}"):
        kept(asker, f"fleet={never}", "user=Nobody")


def test_one_that_is_not_listed_any_more_is_taken_where_it_has_usage() -> None:
    """Without a history; and one that is listed may have none."""
    tiny = tiny_world()
    idle = Fleet(FARM, _id("fleet", 9), "Idle", _BORN, "spot", (("c5.4xlarge", 1.0),), 1)
    left = tuple(one for one in tiny.fleets if one.fleet_id != RACK)
    with asking(replace(tiny, fleets=(*left, idle))) as one:
        assert kept(one, f"fleet={RACK}") == [{RACK}]
        starts = len(one.starts())
        assert kept(one, "fleet=Idle") == [{idle.fleet_id}]
        assert kept(one, f"queue={_id('queue', 99)}") == [{_id("queue", 99)}]
        assert len(one.starts()) == starts


@pytest.mark.parametrize("other", ["farm", "fleet", "job"])
def test_an_id_of_another_kind_is_no_queue(asker: Asker, other: str) -> None:
    with pytest.raises(UnknownName, match="There is no queue"):
        lookup.resources(asker.reporter.names, OURS, D.QUEUE, _id(other, 1))


@pytest.mark.parametrize("text", ["", " ", ",", " , ,"])
def test_a_list_that_names_nothing_is_declined(asker: Asker, text: str) -> None:
    with pytest.raises(UnknownName, match="names no fleet"):
        lookup.scope(asker.reporter.names, OURS, None, text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Trailer, 4K", [13]),
        ("Ab,Ba", [16]),
        ("Roto ", [14]),
        ("a=b", [15]),
        (f"{_id('queue', 13)},a=b", [13, 15]),
    ],
)
def test_a_name_may_hold_a_comma_if_it_is_the_only_one(
    asker: Asker, text: str, numbers: list[int]
) -> None:
    found = lookup.resources(asker.reporter.names, OURS, D.QUEUE, text)
    assert found == tuple(_id("queue", n) for n in numbers)


@pytest.mark.parametrize(("kind", "text"), [("queue", "trailer, 4k"), ("fleet", "WAIT, SAVE")])
def test_a_name_with_a_comma_is_found_whatever_its_case(asker: Asker, kind: str, text: str) -> None:
    number = 13 if kind == "queue" else 12
    assert lookup.resources(asker.reporter.names, OURS, D(kind), text) == (_id(kind, number),)


def test_names_that_are_all_known_are_not_taken_for_one_in_another_case(asker: Asker) -> None:
    names = asker.reporter.names
    both = (_id("queue", 18), _id("queue", 19))
    assert lookup.resources(names, OURS, D.QUEUE, "AB,BA") == both
    assert lookup.resources(names, OURS, D.QUEUE, "ab,ba") == both
    assert lookup.resources(names, OURS, D.QUEUE, "Ab,Ba") == (_id("queue", 16),)


def test_without_queues_and_fleets_the_scope_is_all_queues(fresh: Asker) -> None:
    scope = lookup.scope(fresh.reporter.names, OURS, None, None)
    assert (scope.dimension, scope.ids) == (D.QUEUE, (COMP, LIGHTING))
    assert fresh.called("ListFleets") == 0


def test_dimensions_go_by_their_words() -> None:
    assert [lookup.dimension(f" {word} ") for word in D] == list(D)
    with pytest.raises(UnknownName, match=r"no dimension “show”.*queue, fleet, job, user"):
        lookup.dimension("show")


def test_people_go_by_id_by_arn_and_by_name(asker: Asker) -> None:
    assert kept(asker, f"user={ADA}") == [{ADA}]
    assert kept(asker, f"user={ROBOT}") == [{ROBOT}]
    assert kept(asker, "user=robot") == [{ROBOT}]
    assert kept(asker, f"user={BEN}") == [{BEN}]


def test_all_people_and_jobs_of_a_name_are_kept(asker: Asker) -> None:
    assert kept(asker, "user=Ada Reyes") == [{ADA, NAMESAKE}]
    assert kept(asker, "job=AGM_104_065_010_comp_NFX_v001") == [{JOB_1, JOB_4}]


def test_people_and_jobs_are_matched_exactly_before_whatever_the_case(asker: Asker) -> None:
    assert kept(asker, "user=ADA REYES") == [{SHOUTING}]
    assert kept(asker, "user=ada reyes") == [{ADA, NAMESAKE, SHOUTING}]
    assert kept(asker, "job=CondaBuild: blender-4.1") == [{JOB_3}]
    assert kept(asker, "job=condabuild: blender-4.1") == [{JOB_3, JOB_5}]
    assert kept(asker, "job=agm_104_065_010_COMP_nfx_v001") == [{JOB_1, JOB_4}]


def test_jobs_go_by_id_without_asking(fresh: Asker) -> None:
    assert kept(fresh, f"job={JOB_2}", f"job={_id('job', 99)}") == [{JOB_2}, {_id("job", 99)}]
    assert fresh.starts() == []


def test_a_name_without_usage_in_the_window_and_scope_is_declined(asker: Asker) -> None:
    assert "No user with usage in this window is called “Grace”" in declined(asker, "user=Grace")
    assert "No job with usage" in declined(asker, "job=AGM")
    assert kept(asker, "user=robot") == [{ROBOT}]
    assert "called “robot”" in declined(asker, "user=robot", window=MONDAY)


def test_queues_and_fleets_are_conditions_too_one_or_several(asker: Asker) -> None:
    assert kept(asker, "queue=Comp", "queue=comp,Lighting") == [{COMP}, {COMP, LIGHTING}]
    assert kept(asker, "queue=Trailer, 4K", f"queue={COMP}") == [{_id("queue", 13)}, {COMP}]
    assert kept(asker, "fleet=Spot, rack", "queue=a=b") == [{SPOT, RACK}, {_id("queue", 15)}]
    assert "2 queues are called “Paint”" in declined(asker, "queue=Paint")
    assert "There is no fleet “Comp”" in declined(asker, "fleet=Comp")


def test_people_are_looked_for_among_all_jobs_also_where_some_are_asked_about(asker: Asker) -> None:
    asked = replace(question(asker.simulator.world, WEEK), job_name_contains="no job's name")
    assert lookup.filters(asker.reporter, asked, ["user=Ada Reyes"]) == (
        Filter(D.USER, frozenset({ADA, NAMESAKE})),
    )


def test_usage_types_are_taken_in_any_case_and_the_rest_exactly(fresh: Asker) -> None:
    assert kept(fresh, "usage_type=license", "usage_type=Compute") == [{"LICENSE"}, {"COMPUTE"}]
    assert kept(fresh, "instance_type=C5.4xlarge") == [{"C5.4xlarge"}]
    assert kept(fresh, "license_product=nuke-16, a") == [{"nuke-16, a"}]
    assert fresh.starts() == []


@pytest.mark.parametrize("value", ["computer", "COMPUTER", "Compute ", "licence"])
def test_a_usage_type_that_there_is_not_is_declined_with_those_that_there_are(
    asker: Asker, value: str
) -> None:
    assert declined(asker, f"usage_type={value}") == (
        f"There is no usage type “{value}”. Choose from COMPUTE, LICENSE, PERSISTENT_VOLUME."
    )


def test_a_usage_type_that_is_newer_than_the_services_model_is_one_where_it_has_usage() -> None:
    world = autumn_world()
    with asking(world) as one:
        days = (FIRST, FIRST + timedelta(days=9))
        told = lookup.filters(one.reporter, question(world, days), ["usage_type=snapshot"])
        assert [set(each.values) for each in told] == [{"SNAPSHOT"}]
        before = (FIRST - timedelta(days=9), FIRST)
        with pytest.raises(UnknownName, match="PERSISTENT_VOLUME"):
            lookup.filters(one.reporter, question(world, before), ["usage_type=snapshot"])


def test_the_usage_types_are_those_of_the_services_model() -> None:
    model = get_session().get_service_model("deadline")
    assert list(USAGE_TYPES) == model.shape_for("UsageType").enum


@pytest.mark.parametrize("word", list(D))
def test_an_empty_value_is_usage_without_the_dimension(asker: Asker, word: str) -> None:
    before = asker.simulator.requests
    assert kept(asker, f"{word}=") == [{""}]
    assert asker.simulator.requests == before


@pytest.mark.parametrize(
    ("by", "condition", "scope", "cost"),
    [
        ((), "queue=", "fleet", 4.0),
        (("usage_type",), "user=", "fleet", 4.0),
        ((), "user=", "queue", 0.0),
        ((), "queue=", "queue", 0.0),
        ((), "instance_type=", "queue", 3.0),
        (("job",), "license_product=", "queue", 12.0),
    ],
)
def test_usage_without_the_dimension_is_what_it_keeps(
    asker: Asker, by: tuple[str, ...], condition: str, scope: str, cost: float
) -> None:
    asked = question(crowded_world(), WEEK, *by, scope=scope)
    where = lookup.filters(asker.reporter, asked, [condition])
    assert asker.report(replace(asked, where=where)).total_cost_usd.sum == cost


@pytest.mark.parametrize("condition", ["user", "", "user:Ada Reyes"])
def test_what_has_no_equals_sign_is_no_condition(asker: Asker, condition: str) -> None:
    said = declined(asker, condition)
    assert f"“{condition}” is no condition" in said
    assert "--where user=NAME" in said


@pytest.mark.parametrize("condition", ["show=AGM", "=Ada", "User=Ada", "user_id=x"])
def test_a_condition_on_no_dimension_is_declined(asker: Asker, condition: str) -> None:
    assert "There is no dimension" in declined(asker, condition)


def test_the_same_dimension_twice_means_either(asker: Asker) -> None:
    asked = question(crowded_world(), WEEK)
    where = lookup.filters(asker.reporter, asked, ["user=robot", "user=", "queue=Comp"])
    assert replace(asked, where=where).where == (
        Filter(D.QUEUE, frozenset({COMP})),
        Filter(D.USER, frozenset({ROBOT, ""})),
    )


def test_a_job_by_name_is_found_among_fleets_that_have_volumes(asker: Asker) -> None:
    """A volume belongs to no job: that is not a job without a name."""
    assert kept(asker, "job=CondaBuild: blender-4.1", scope="fleet") == [{JOB_3}]


def test_a_person_by_name_is_found_among_fleets_that_have_volumes(asker: Asker) -> None:
    assert kept(asker, "user=robot", scope="fleet") == [{ROBOT}]


def test_jobs_whose_names_cannot_be_had_are_not_passed_over() -> None:
    with asking(tiny_world(), service=SimulatorSettings(job_names=False)) as one:
        assert kept(one, "job=CondaBuild: blender-4.1") == [{JOB_3}]
    with asking(tiny_world(), service=SimulatorSettings(job_names=False)) as one:
        one.simulator.faults.add(Fault("BatchGetJob", "access_denied", None))
        said = unnamed(one, "job=CondaBuild: blender-4.1", 3)
        assert "3 jobs in this window (USD 13.00) have no name" in said
        assert "Choose jobs by their ids" in said
        assert "Add deadline:BatchGetJob to the policy" in said
        assert kept(one, f"job={JOB_3}") == [{JOB_3}]


def test_people_whose_names_cannot_be_had_are_not_passed_over() -> None:
    """A role's name is part of its id, so it is had all the same."""
    with asking(tiny_world()) as one:
        one.simulator.faults.add(Fault("DescribeUser", "access_denied", None))
        said = unnamed(one, "user=Ada Reyes", 3)
        assert "2 users in this window have no name that could be had" in said
        assert "give the users' ids" in said
        assert "Add identitystore:DescribeUser to the policy" in said
        assert kept(one, f"user={ADA}", "user=robot") == [{ADA}, {ROBOT}]


def test_a_namesake_who_was_not_named_is_not_passed_over() -> None:
    with asking(crowded_world()) as one:
        everybody = kept(one, "user=Ada Reyes")
        assert everybody == [{ADA, NAMESAKE}]
    for named in range(4):
        with asking(crowded_world()) as one:
            one.simulator.faults.add(Fault("DescribeUser", "internal_error", None, skip=named))
            assert "have no name that could be had" in unnamed(one, "user=Ada Reyes", 4)


def test_who_was_deleted_keeps_nobody_from_being_chosen() -> None:
    with asking(tiny_world()) as one:
        assert kept(one, "user=Ada Reyes") == [{ADA}]
