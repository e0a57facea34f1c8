"""Pages of results and listings: all of them, each once, and never fewer than there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from simulator import Fault, World
from simulator.tiny import ADA, COMP, EMPTY_FARM, EMPTY_QUEUE, FARM, LIGHTING
from stats.aggregation import Stage, read
from stats.client import Client
from stats.errors import Contradictory, FarmCostsError, Malformed, ResultsExpired, ServiceError
from stats.model import Dimension, FarmId, Window
from stats.plan import YARDSTICK, Cut, Run
from stats.record import Fate
from stats.ticket import Fetched
from stats.wire import MEASURES
from tests.stats.autumn import FIRST, autumn_world, queue
from tests.stats.conftest import (
    GET,
    PATIENCE,
    START,
    TINY,
    Alter,
    Answer,
    Engine,
    Open,
    answered,
    begun,
    over,
)

TINY_FARM = FarmId(FARM)
AUTUMN = f"farm-{11:032x}"
MANY = over(cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE)))
"""Six rows, which are six pages of one."""

ENDLESS = 30
"""Pages after which a listing that goes round in circles ends, so that a test does too."""

LISTINGS: dict[str, Callable[[Client], object]] = {
    "ListFarms": lambda client: client.farms(),
    "ListQueues": lambda client: client.queues(TINY_FARM),
    "ListFleets": lambda client: client.fleets(TINY_FARM),
}


def fetched(engine: Engine) -> Fetched:
    """The answer to the run of many pages."""
    return answered(engine, MANY).answer.result()


def sorted_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order of their own."""
    keys = [column for column in rows.columns if column not in MEASURES]
    return rows.sort_values(keys, ignore_index=True)


@pytest.fixture
def whole(opened: Open) -> pd.DataFrame:
    """The rows as they come on one page."""
    return sorted_rows(fetched(opened()).rows)


def expired(engine: Engine, times: int) -> None:
    """The second page is gone, so many readings long."""
    faults = [Fault(GET, "validation", skip=n) for n in range(1, times + 1)]
    engine.simulator.faults.add(*faults)


def pages(change: Callable[[int, Answer], None], operation: str = GET) -> Alter:
    """Changes the pages of an operation; they are counted from 1."""
    seen: list[Answer] = []

    def alter(answer: Answer) -> None:
        if answer.operation == operation and answer.status == 200:
            seen.append(answer)
            change(len(seen), answer)

    return alter


def circling(period: int) -> Callable[[int, Answer], None]:
    """Gives the token of every so many pages ago; ends after all, for the test's sake."""
    tokens: list[str] = []

    def change(_: int, answer: Answer) -> None:
        if "nextToken" not in answer.asked:
            tokens.clear()
        tokens.append(answer.body.pop("nextToken", ""))
        page = len(tokens)
        if page < ENDLESS:
            answer.body["nextToken"] = tokens[(page - 1) % period]

    return change


@pytest.mark.parametrize(("size", "count"), [(1, 6), (2, 3), (4, 2), (5, 2), (6, 1), (100, 1)])
def test_all_pages_are_read(opened: Open, whole: pd.DataFrame, size: int, count: int) -> None:
    engine = opened(page_size=size)
    answer = fetched(engine)
    assert sorted_rows(answer.rows).equals(whole)
    (record,) = answer.records
    assert (record.pages, record.rows) == (count, 6)
    assert engine.times(GET) == count


def test_pages_are_as_large_as_the_service_allows(opened: Open) -> None:
    engine = opened(page_size=1)
    fetched(engine)
    assert {call["maxResults"] for call in engine.calls(GET)} == {"100"}


def test_pages_are_told_as_they_are_read(opened: Open) -> None:
    engine = opened(page_size=2)
    told: list[tuple[Stage, int]] = []
    read(
        engine.client,
        MANY,
        begun(engine, MANY),
        engine.time.clock,
        lambda stage, count: told.append((stage, count)),
    )
    assert told == [(Stage.READING, 1), (Stage.READING, 2), (Stage.DONE, 3)]


def test_a_farm_without_usage_is_a_frame_without_rows(engine: Engine) -> None:
    run = over(farm_id=FarmId(EMPTY_FARM), ids=(EMPTY_QUEUE,), cut=MANY.cut)
    answer = answered(engine, run).answer.result()
    assert len(answer.rows) == 0
    assert {"bucket", "job_id", "job_name", "usage_type", *MEASURES} == set(answer.rows.columns)
    assert (answer.rows.dtypes == fetched(engine).rows.dtypes).all()


@pytest.mark.parametrize("size", [1, 2, 100])
def test_all_pages_of_a_listing_are_read(opened: Open, size: int) -> None:
    engine = opened(list_page_size=size)
    assert [farm.name for farm in engine.client.farms()] == ["Tiny", "Empty"]
    assert [queue.id for queue in engine.client.queues(TINY_FARM)] == [COMP, LIGHTING]
    assert [fleet.name for fleet in engine.client.fleets(TINY_FARM)] == ["Spot", "Rack"]
    assert engine.times("ListQueues") == (2 if size == 1 else 1)


def test_an_empty_page_amid_others_is_not_the_end(opened: Open, whole: pd.DataFrame) -> None:
    kept: list[object] = []

    def emptied(page: int, answer: Answer) -> None:
        """Each row comes a page late, so that the first and the fourth page hold none."""
        kept.extend(answer.body["statistics"])
        last = "nextToken" not in answer.body
        answer.body["statistics"] = [] if page in (1, 4) else kept[:]
        if page not in (1, 4):
            kept.clear()
        assert not (last and kept)

    engine = opened(page_size=1, alter=pages(emptied))
    assert sorted_rows(fetched(engine).rows).equals(whole)


@pytest.mark.parametrize("operation", ["ListQueues", "ListFleets"])
def test_an_empty_page_of_a_listing_is_not_the_end(opened: Open, operation: str) -> None:
    def emptied(page: int, answer: Answer) -> None:
        member = "queues" if operation == "ListQueues" else "fleets"
        if page == 1:
            answer.body[member] = []

    engine = opened(list_page_size=1, alter=pages(emptied, operation))
    assert len(LISTINGS[operation](engine.client)) == 1  # type: ignore[arg-type]
    assert engine.times(operation) == 2


@pytest.mark.parametrize("empty", [1, 3])
def test_empty_pages_of_members_do_not_say_that_a_farm_has_none(opened: Open, empty: int) -> None:
    """Its first member tells which Identity Center can be asked for names."""

    def emptied(page: int, answer: Answer) -> None:
        if page <= empty:
            assert answer.body["members"]
            answer.body["members"] = []

    engine = opened(more_members(), list_page_size=1, alter=pages(emptied, "ListFarmMembers"))
    named = engine.names.people(TINY_FARM, [ADA])
    assert (named.names, named.trouble.said) == ({ADA: "Ada Reyes"}, "")
    assert engine.times("ListFarmMembers") == empty + 1


def test_no_more_members_are_read_than_are_needed(opened: Open) -> None:
    engine = opened(more_members(), list_page_size=1)
    assert engine.client.identity_store_id(TINY_FARM) == TINY.identity_store_id
    assert engine.times("ListFarmMembers") == 1


def test_pages_without_a_member_have_an_end(opened: Open) -> None:
    def emptied(answer: Answer) -> None:
        if answer.operation == "ListFarmMembers":
            answer.status, answer.body = 200, {"members": [], "nextToken": "more"}

    engine = opened(alter=emptied)
    named = engine.names.people(TINY_FARM, [ADA])
    assert named.names == {ADA: ADA}
    assert "ListFarmMembers gives the same page again and again" in named.trouble.said
    assert engine.times("ListFarmMembers") == 2


def test_a_member_of_another_farm_is_a_contradiction(opened: Open) -> None:
    def moved(_: int, answer: Answer) -> None:
        answer.body["members"][0]["farmId"] = EMPTY_FARM

    engine = opened(alter=pages(moved, "ListFarmMembers"))
    with pytest.raises(Contradictory, match="ListFarmMembers lists what is of the farm"):
        engine.client.identity_store_id(TINY_FARM)
    assert engine.times("ListFarmMembers") == 2


def more_members() -> World:
    """The tiny world, whose farm has five members."""
    (one, *_) = (member for member in TINY.members if member.farm_id == FARM)
    return replace(TINY, members=(one, *(replace(one, principal_id=f"{n}") for n in range(4))))


def test_page_after_page_without_a_row_is_malformed_and_not_read_for_ever(opened: Open) -> None:
    asked: list[Answer] = []

    def alter(answer: Answer) -> None:
        if answer.operation == GET:
            asked.append(answer)
            more = {"nextToken": f"page {len(asked)}"} if len(asked) < 400 else {}
            answer.status, answer.body = 200, {"status": "COMPLETED", "statistics": [], **more}

    engine = opened(alter=alter)
    error = answered(engine).answer.exception()
    assert isinstance(error, Malformed)
    assert "100 pages of results without a row" in error.what
    assert (engine.times(START), len(asked)) == (2, 200)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_a_token_that_comes_again_is_malformed_and_not_read_for_ever(
    opened: Open, period: int
) -> None:
    engine = opened(page_size=1, alter=pages(circling(period)))
    with pytest.raises(Malformed, match=r"again and again|comes twice"):
        fetched(engine)
    assert engine.times(START) == 2
    assert engine.times(GET) <= 2 * (2 * period + 1)


@pytest.mark.parametrize("operation", LISTINGS)
def test_a_listings_token_that_comes_again_is_malformed(opened: Open, operation: str) -> None:
    engine = opened(list_page_size=1, alter=pages(circling(1), operation))
    with pytest.raises(Malformed, match=f"{operation} gives the same page again and again"):
        LISTINGS[operation](engine.client)
    assert engine.times(operation) == 2


@pytest.mark.parametrize("kind", ["truncated", "malformed", "cut", "cut_amid", "internal_error"])
def test_a_page_that_is_broken_on_its_way_is_asked_for_again(
    opened: Open, whole: pd.DataFrame, kind: str
) -> None:
    engine = opened(page_size=2)
    engine.simulator.faults.add(Fault(GET, kind, skip=1))  # type: ignore[arg-type]
    assert sorted_rows(fetched(engine).rows).equals(whole)
    assert (engine.times(START), engine.times(GET)) == (1, 4)


@pytest.mark.parametrize("statistics", ["absent", None, {}, "", {"count": 1}, 0, True])
def test_of_a_finished_page_without_a_list_of_rows_no_empty_answer_is_made(
    opened: Open, statistics: object
) -> None:
    def rowless(_: int, answer: Answer) -> None:
        assert answer.body["statistics"] == []
        answer.body["statistics"] = statistics
        if statistics == "absent":
            del answer.body["statistics"]

    engine = opened(alter=pages(rowless))
    run = over(farm_id=FarmId(EMPTY_FARM), ids=(EMPTY_QUEUE,))
    error = answered(engine, run).answer.exception()
    assert isinstance(error, Malformed)
    assert error.exit_code == 4
    assert engine.times(GET) == PATIENCE.attempts


def test_a_later_page_without_its_list_of_rows_is_asked_for_again(
    opened: Open, whole: pd.DataFrame
) -> None:
    def rowless(page: int, answer: Answer) -> None:
        if page == 2:
            del answer.body["statistics"]

    engine = opened(page_size=2, alter=pages(rowless))
    assert sorted_rows(fetched(engine).rows).equals(whole)
    assert (engine.times(START), engine.times(GET)) == (1, 4)


@pytest.mark.parametrize("status", ["IN_PROGRESS", "FAILED"])
def test_a_later_page_that_is_not_completed_is_not_the_end_of_the_rows(
    opened: Open, status: str
) -> None:
    def relapsed(page: int, answer: Answer) -> None:
        if page == 2:
            answer.body = {"status": status}

    engine = opened(page_size=2, alter=pages(relapsed))
    assert len(all_or_error(engine)) in (0, 6)


def all_or_error(engine: Engine) -> pd.DataFrame:
    """The rows, or none of them where the service is said to have failed."""
    ticket = answered(engine, MANY)
    error = ticket.answer.exception()
    if error is None:
        return ticket.answer.result().rows
    assert isinstance(error, ServiceError)
    return pd.DataFrame()


def test_results_that_expire_amid_their_pages_are_asked_for_again(
    opened: Open, whole: pd.DataFrame
) -> None:
    engine = opened(page_size=2)
    expired(engine, 1)
    answer = fetched(engine)
    assert sorted_rows(answer.rows).equals(whole)
    gone, record = answer.records
    assert gone.fate == "results gone, asked again"
    assert (record.pages, record.fate) == (3, "completed")
    assert engine.times(START) == 2
    assert len({str(call) for call in engine.calls(START)}) == 1


def test_results_that_expire_again_are_asked_for_in_halves(
    opened: Open, whole: pd.DataFrame
) -> None:
    engine = opened(page_size=2)
    expired(engine, 2)
    answer = fetched(engine)
    assert sorted_rows(answer.rows).equals(whole)
    gone = [one.fate for one in answer.records if one.fate != "completed"]
    assert gone == ["results gone, asked again"] * 2
    assert len({str(call) for call in engine.calls(START)}) > 1


def living(pages: int) -> Alter:
    """Has results live for so many pages, as if each took its part of their time."""
    read: Counter[str] = Counter()

    def alter(answer: Answer) -> None:
        if answer.operation == GET and answer.body.get("status") == "COMPLETED":
            read[answer.asked["aggregationId"]] += 1
            if read[answer.asked["aggregationId"]] > pages:
                answer.status = 400
                answer.headers["x-amzn-ErrorType"] = "ValidationException"
                answer.body = {"message": "the token has expired", "reason": "OTHER"}

    return alter


@pytest.mark.parametrize(("pages", "most"), [(2, 16), (4, 8)])
def test_what_can_not_be_read_in_the_time_it_lives_is_asked_for_in_smaller_pieces(
    opened: Open, whole: pd.DataFrame, pages: int, most: int
) -> None:
    engine = opened(page_size=1, alter=living(pages))
    assert sorted_rows(fetched(engine).rows).equals(whole)
    assert engine.times(START) <= most


def test_how_much_can_be_read_is_learnt_for_the_runs_that_follow(opened: Open) -> None:
    """Twenty days of ten queues by job, whose results live for three pages of twenty rows."""
    ids = tuple(queue(n) for n in range(10))
    days = Window(FIRST, FIRST + timedelta(days=20))
    total = Run(FarmId(AUTUMN), Dimension.QUEUE, ids, days, 0, YARDSTICK)
    large = replace(total, cut=Cut((Dimension.JOB, Dimension.USER)))
    whole = opened(autumn_world(), cache_rows=10**6, page_size=20)
    right = sorted_rows(answered(whole, large).answer.result().rows)
    engine = opened(autumn_world(), cache_rows=10**6, page_size=20, alter=living(3))
    answered(engine, total)
    assert sorted_rows(answered(engine, large).answer.result().rows).equals(right)
    before, gone = engine.times(START), lost(engine)
    another = replace(large, cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE)))
    assert len(answered(engine, another).answer.result().rows) > 0
    assert lost(engine) - gone < gone
    assert engine.times(START) - before < 3 * -(-len(right) // 60)


def lost(engine: Engine) -> int:
    """How many readings were in vain."""
    return sum(one.fate == Fate.EXPIRED for one in engine.line.records.of(FarmId(AUTUMN)))


def test_results_of_the_smallest_piece_that_expire_three_times_are_given_up(
    opened: Open,
) -> None:
    engine = opened(page_size=1, alter=living(1))
    run = over(MANY, days=1, ids=(COMP,))
    with pytest.raises(ResultsExpired) as caught:
        answered(engine, run).answer.result()
    assert engine.times(START) == 3
    assert re.search(r"1 queue from .* UTC were gone after page 1: .*refused", caught.value.what)
    assert "shorter window" in caught.value.todo
    assert caught.value.exit_code == 4


def test_results_that_are_never_there_are_given_up_too(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "expire", None))
    with pytest.raises(ResultsExpired):
        fetched(engine)
    assert engine.times(START) == 3


def test_results_are_gone_an_hour_after_their_start(opened: Open) -> None:
    engine = opened(page_size=2)

    def dawdling(stage: Stage, count: int) -> None:
        engine.time.advance(3600 if count == 2 else 0)

    with pytest.raises(ResultsExpired, match="gone after page 2"):
        read(engine.client, MANY, begun(engine, MANY), engine.time.clock, dawdling)


def test_access_that_is_lost_amid_pages_is_no_expiry(opened: Open) -> None:
    engine = opened(page_size=2)
    engine.simulator.faults.add(Fault(GET, "expired_token", skip=1))
    with pytest.raises(FarmCostsError) as caught:
        fetched(engine)
    assert caught.value.exit_code == 3
    assert engine.times(START) == 1
