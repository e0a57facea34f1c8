"""Whose turn it is on a farm: one aggregation of ours at a time, after errors and crashes too."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import Fault
from stats.aggregation import Stage
from stats.clock import Clock, Patience
from stats.errors import AccessDenied, AggregationEndless, FarmBusy, Throttled, Unreachable
from stats.turn import Turn
from tests.stats.asking import wait_until
from tests.stats.conftest import GET, PATIENCE, RUN, START, Answer, Engine, Open, answered, begun

OTHER = replace(RUN, ids=RUN.ids[:1])


def turn(folder: Path, farm: str = "a farm", patience: Patience = PATIENCE) -> Turn:
    return Turn(folder, farm, Clock(), patience)


def statuses(engine: Engine) -> list[int]:
    """How many Starts there were, and how many of them met one of ours that was running."""
    return [engine.times(START), engine.simulator.turned_away]


def test_one_thread_has_the_turn_and_the_next_one_waits(tmp_path: Path) -> None:
    one, had = turn(tmp_path), []
    with one.held(lambda: None):
        thread = threading.Thread(target=lambda: _has(one, had))
        thread.start()
        thread.join(0.2)
        assert had == []
    thread.join(10)
    assert had == ["it"]


def _has(one: Turn, had: list[str]) -> None:
    with one.held(lambda: None):
        had.append("it")


@contextmanager
def another_process(code: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that runs the code on a folder, from its first printed line on."""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def test_another_process_has_the_turn_and_is_waited_for(tmp_path: Path) -> None:
    holds = (
        "import sys; from pathlib import Path; from stats.clock import Clock, Patience;"
        "from stats.turn import Turn;"
        "turn = Turn(Path(sys.argv[1]), 'a farm', Clock(), Patience());"
        "held = turn.held(lambda: None); held.__enter__(); turn.begun('7' * 32);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with another_process(holds, tmp_path) as other:
        with (
            pytest.raises(FarmBusy, match="Another process of Farm Costs on this machine"),
            turn(tmp_path, patience=replace(PATIENCE, busy_farm=0.5)).held(lambda: None),
        ):
            pass
        with turn(tmp_path, "another farm").held(lambda: None):
            pass
        waits: list[str] = []

        def wait() -> None:
            waits.append("waits")
            if len(waits) == 3:
                other.kill()

        one = turn(tmp_path)
        with one.held(wait):
            assert one.left_over == "7" * 32
        assert len(waits) >= 3


def test_who_waits_is_let_in_before_whoever_had_it_last(tmp_path: Path) -> None:
    """Another process that has one run after another gives way between them."""
    has_it_again_and_again = (
        "import sys, time; from pathlib import Path; from stats.clock import Clock, Patience;"
        "from stats.turn import Turn;"
        "turn = Turn(Path(sys.argv[1]), 'a farm', Clock(), Patience())\n"
        "while True:\n"
        "    with turn.held(lambda: None): print('had', flush=True); time.sleep(0.3)\n"
    )
    with another_process(has_it_again_and_again, tmp_path) as other:
        waits: list[str] = []
        for _ in range(3):
            with turn(tmp_path).held(lambda: waits.append("waits")):
                pass
        other.kill()
    assert len(waits) <= 3 * 5


def test_a_note_that_could_not_be_written_whole_is_not_believed(tmp_path: Path) -> None:
    one = turn(tmp_path)
    one.begun("9" * 32)
    (note,) = tmp_path.glob("*.running")
    note.write_text("")
    assert one.left_over == "9" * 32
    one.ended("9" * 32)
    assert one.left_over == ""


def test_a_note_of_another_one_stays(tmp_path: Path) -> None:
    one = turn(tmp_path)
    one.begun("9" * 32)
    one.ended("1" * 32)
    assert one.left_over == "9" * 32


def test_where_nothing_can_be_written_threads_take_turns_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    one = turn(tmp_path / "file")
    with one.held(lambda: None):
        one.begun("8" * 32)
        assert one.left_over == "8" * 32
        one.ended("8" * 32)
    assert one.left_over == ""


@pytest.mark.parametrize("kind", ["cut", "internal_error", "truncated"])
def test_a_run_that_was_lost_sight_of_is_waited_for_before_the_next(
    opened: Open, kind: str
) -> None:
    engine = opened(running_base_seconds=40)
    engine.simulator.faults.add(Fault(GET, kind, PATIENCE.attempts, skip=1))  # type: ignore[arg-type]
    assert answered(engine).answer.exception() is not None
    assert answered(engine, OTHER).answer.exception() is None
    assert statuses(engine) == [2, 0]


def test_where_aggregations_may_not_be_looked_at_no_more_of_them_are_started(
    opened: Open,
) -> None:
    """The error says which permission is missing; once it is given, questions go on."""
    engine = opened(running_base_seconds=40)
    engine.simulator.faults.add(Fault(GET, "access_denied", 3))
    for run in (RUN, OTHER, RUN):
        error = answered(engine, run).answer.exception()
        assert isinstance(error, AccessDenied)
        assert f"deadline:{GET}" in str(error)
    assert statuses(engine) == [1, 0]
    assert engine.time.elapsed < 40
    assert answered(engine, OTHER).answer.exception() is None
    assert statuses(engine) == [2, 0]


UNUSABLE: dict[str, tuple[int, str, dict[str, object]]] = {
    "unreadable": (200, "", {"status": "COMPLETED", "statistics": [{"count": "3"}]}),
    "lacking": (200, "", {"status": "COMPLETED"}),
    "of an unknown status": (200, "", {"status": "LOST"}),
    "refused": (400, "ValidationException", {"message": "no"}),
    "gone": (404, "ResourceNotFoundException", {"message": "no"}),
    "faulty": (500, "InternalServerException", {"message": "no"}),
}


@pytest.mark.parametrize(("status", "code", "body"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_an_earlier_one_came_to_is_not_the_next_ones_error(
    opened: Open, tmp_path: Path, status: int, code: str, body: dict[str, object]
) -> None:
    """Whatever is told of it, each time it is asked about: the farm is free."""
    earlier: list[str] = []

    def alter(answer: Answer) -> None:
        if answer.operation == GET and answer.asked["aggregationId"] in earlier:
            answer.status, answer.body = status, body
            answer.headers |= {"x-amzn-ErrorType": code} if code else {}

    engine = opened(alter=alter)
    earlier.append(engine.client.start(RUN))
    engine.time.advance(60)
    engine.turn.begun(earlier[0])
    assert answered(engine).answer.exception() is None
    assert statuses(engine) == [2, 0]
    assert list(tmp_path.glob("*.running")) == []


def test_one_that_does_not_end_keeps_the_farm_until_it_does(opened: Open) -> None:
    engine = opened(
        running_base_seconds=2_000,
        patience=replace(PATIENCE, aggregation=500.0, busy_farm=200.0),
    )
    for run in (RUN, OTHER):
        assert isinstance(answered(engine, run).answer.exception(), AggregationEndless)
    assert statuses(engine) == [1, 0]


def test_an_earlier_one_that_holds_the_farm_is_called_so(opened: Open) -> None:
    engine = opened(
        running_base_seconds=2_000,
        patience=replace(PATIENCE, aggregation=500.0, busy_farm=200.0),
    )
    answered(engine)
    error = answered(engine, OTHER).answer.exception()
    assert "An earlier aggregation of ours still holds this farm" in str(error)
    assert "shorter window" not in str(error)


def test_what_nobody_waits_for_does_not_wait_for_an_earlier_one(opened: Open) -> None:
    engine = opened(running_base_seconds=2_000, patience=replace(PATIENCE, aggregation=500.0))
    answered(engine)
    waited = engine.time.elapsed
    with engine.time.held():
        ticket = engine.line.ask(OTHER)
        engine.time.until_asleep(1)
        engine.line.leave(ticket)
    wait_until(ticket.answer.cancelled)
    assert engine.time.elapsed - waited < 10


def test_what_the_service_does_not_know_is_not_waited_for(engine: Engine) -> None:
    told: list[Stage] = []
    engine.turn.begun("0" * 32)
    begun(engine, told=told)
    assert told == [Stage.BUSY, Stage.COMPUTING]
    assert engine.turn.left_over == ""


@pytest.mark.parametrize("left", ["no id at all", "\x00", ""])
def test_what_can_be_no_aggregation_is_not_asked_about(engine: Engine, left: str) -> None:
    engine.turn.begun(left)
    assert answered(engine).answer.exception() is None
    assert engine.times(GET) == 1


def test_what_the_service_has_forgotten_by_now_is_not_asked_about(engine: Engine) -> None:
    engine.turn.begun("1" * 32)
    engine.time.advance(3_601)
    assert engine.turn.left_over == ""


def test_a_leftover_that_can_not_be_asked_about_stays_until_something_is_started(
    engine: Engine, tmp_path: Path
) -> None:
    engine.turn.begun("1" * 32)
    for operation in (GET, START):
        engine.simulator.faults.add(Fault(operation, "cut", PATIENCE.attempts))
    assert isinstance(answered(engine).answer.exception(), Unreachable)
    assert engine.turn.left_over == "1" * 32
    assert answered(engine).answer.exception() is None
    assert list(tmp_path.glob("*.running")) == []


def test_where_the_service_turns_away_whoever_looks_nothing_is_started(engine: Engine) -> None:
    engine.turn.begun("1" * 32)
    engine.simulator.faults.add(Fault(GET, "throttle", PATIENCE.attempts))
    assert isinstance(answered(engine).answer.exception(), Throttled)
    assert engine.times(START) == 0


def test_an_id_of_any_letters_is_noted_and_is_no_id_of_an_aggregation(tmp_path: Path) -> None:
    one = turn(tmp_path)
    one.begun("é ?")
    assert one.left_over == ""
    assert [note.read_bytes()[:6] for note in tmp_path.glob("*.running")] == [rb"\xe9 ?"]
