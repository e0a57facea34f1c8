"""What the service tells less of is taken where somebody says so, and what it replaces is kept."""

from __future__ import annotations

import os
import pty
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from simulator import Simulator, World
from tests.stats.asking import asking
from tests.stats.autumn import NOW, autumn_world, fleet
from tests.stats.checkups import (
    COMPUTE,
    SERVICE,
    WHOLE,
    ZONE,
    amiss,
    collected,
    days,
    later,
    of,
    two_queues,
    without,
    wrong,
)
from tests.stats.process import LONGEST_SECONDS, Ended, Shell

DAYS = days()
WORLD = autumn_world()
THEN = of(WORLD, DAYS)
GONE, OTHER = two_queues(THEN)
LOST = THEN[THEN["queue_id"] == GONE]["cost_usd"].sum()
SPAN = ("--start", f"{ZONE.day(DAYS[0].start)}", "--end", f"{ZONE.day(DAYS[-1].end)}")
ABOUT = ("--farm", "Autumn", *SPAN, "--timezone", ZONE.name)
VERIFY = ("collect", "--verify", *ABOUT)
ACCEPT = (*VERIFY, "--accept-less", "--queues", GONE)
FEW = ("cut=usage_type", "cut=queue-usage_type")


@dataclass(frozen=True)
class Studio:
    """A history, and commands over it that ask a service."""

    history: Path
    shell: Shell

    def files(self) -> dict[str, bytes]:
        """What history has."""
        found = (self.history / "v2").rglob("*.parquet")
        return {str(one.relative_to(self.history)): one.read_bytes() for one in found}

    def aside(self) -> dict[str, bytes]:
        """What is set aside, by its place in history."""
        found = self.history.glob("set-aside/*/v2/**/*.parquet")
        return {
            "/".join(one.relative_to(self.history).parts[2:]): one.read_bytes() for one in found
        }


@contextmanager
def studio(world: World, folder: Path, cuts: Sequence[str] = ()) -> Iterator[Studio]:
    """After the days were collected by some cuts; the world is what the service knows by now."""
    history = collected(folder, cuts)
    with Simulator(world, SERVICE, clock=lambda: NOW) as simulator:
        (folder / "work").mkdir()
        shell = Shell(folder / "work", simulator.url, {"FARM_COSTS_HISTORY": str(history)})
        yield Studio(history, shell)


def on_a_terminal(shell: Shell, *arguments: str, typed: str) -> Ended:
    """Runs a command whose standard input is a terminal, on which something is typed."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{typed}\n".encode())
    with shell.begin(*arguments, redirected=f"<{os.ttyname(theirs)}") as command:
        data, said = command.communicate(timeout=LONGEST_SECONDS)
    os.close(theirs)
    os.close(ours)
    return Ended(command.returncode, data, said.decode())


def test_verify_keeps_a_deleted_queue_and_says_so_on_one_line_and_beside_it(tmp_path: Path) -> None:
    like = THEN[(THEN["queue_id"] == OTHER) & (THEN["usage_type"] == COMPUTE)]
    late = later(without(WORLD, GONE), DAYS[0].start, like, cost_usd=777.0)
    with studio(late, tmp_path) as one:
        ended = one.shell.asked(*VERIFY)
        assert (ended.code, ended.text.count("\n")) == (0, 1)
        day = ZONE.day(DAYS[0].start)
        assert f"1 settled day had changed: {day} (by queues, by fleets);" in ended.text
        assert (
            f"tells less, and what was kept stays: by queues USD {LOST:,.2f} of 2 settled days; 0"
            in ended.text
        )
        assert f"({GONE}), not listed any more: USD {LOST:,.2f}." in ended.said
        assert f"On 1 settled day ({day}) not every breakdown holds what came later" in ended.said
    with asking(late, service=SERVICE, history=str(one.history)) as asker:
        assert wrong(asker, DAYS, of(late, DAYS), *WHOLE, "usage_type") == []
        assert amiss(asker) == []


def test_a_scale_factor_that_has_changed_is_named_as_the_likely_reason(tmp_path: Path) -> None:
    less = WORLD.usage.assign(cost_usd=WORLD.usage["cost_usd"] * 0.8 / 0.9)
    farm = replace(WORLD.farms[0], cost_scale_factor=0.8)
    now = replace(WORLD, farms=(farm,), usage=less)
    with studio(now, tmp_path) as one:
        ended = one.shell.asked(*VERIFY)
        assert ended.code == 0
        assert "cost scale factor was 0.9 when these days were collected, and is 0.8" in ended.said
        assert "had changed" not in ended.text
    with asking(now, service=SERVICE, history=str(one.history)) as asker:
        assert wrong(asker, DAYS, THEN, *WHOLE, "usage_type") == []


def test_without_a_terminal_it_says_what_would_go_and_changes_nothing(tmp_path: Path) -> None:
    with studio(without(WORLD, GONE), tmp_path) as one:
        before = one.files()
        ended = one.shell.asked(*ACCEPT)
        assert (ended.code, ended.data) == (2, b"")
        assert f"By queues USD {LOST:,.2f} will go from history" in ended.said
        assert "Give --yes." in ended.said
        assert (one.files(), one.aside()) == (before, {})


def test_what_is_accepted_goes_and_is_set_aside_and_can_be_brought_back(tmp_path: Path) -> None:
    left = THEN[THEN["queue_id"] != GONE]
    with studio(without(WORLD, GONE), tmp_path) as one:
        before = one.files()
        ended = one.shell.asked(*ACCEPT, "--yes")
        assert ended.code == 0, ended.said
        assert "set-aside" in ended.said
        held = {ZONE.day(at.to_pydatetime()) for at in THEN[THEN["queue_id"] == GONE]["started_at"]}
        days = [f"{day.start:%Y%m%dT%H}Z-" for day in DAYS if ZONE.day(day.start) in held]
        replaced = {k for k in before if "by=queue" in k and any(day in k for day in days)}
        assert one.aside() == {name: before[name] for name in replaced}
        with asking(without(WORLD, GONE), service=SERVICE, history=str(one.history)) as asker:
            assert wrong(asker, DAYS, left, *WHOLE, "usage_type", "fleet usage_type") == []
            assert amiss(asker) == []
        (aside,) = (one.history / "set-aside").iterdir()
        shutil.copytree(aside / "v2", one.history / "v2", dirs_exist_ok=True)
        with asking(without(WORLD, GONE), service=SERVICE, history=str(one.history)) as asker:
            assert wrong(asker, DAYS, THEN, *WHOLE, "usage_type", "fleet usage_type") == []


@pytest.mark.parametrize(("typed", "goes"), [("yes", True), ("y", False)])
def test_on_a_terminal_it_asks(tmp_path: Path, typed: str, goes: bool) -> None:
    with studio(without(WORLD, GONE), tmp_path, FEW) as one:
        before = one.files()
        ended = on_a_terminal(one.shell, *ACCEPT, typed=typed)
        assert ended.code == 0, ended.said
        assert "Write yes to go on:" in ended.said
        assert (one.files() != before) == goes
        assert bool(one.aside()) == goes


def test_only_the_ids_that_are_named_go(tmp_path: Path) -> None:
    left = THEN[THEN["queue_id"] != GONE]
    world = without(WORLD, GONE, OTHER)
    with studio(world, tmp_path) as one:
        assert one.shell.asked(*ACCEPT, "--yes").code == 0
        with asking(world, service=SERVICE, history=str(one.history)) as asker:
            assert wrong(asker, DAYS, left, *WHOLE, "usage_type", "queue fleet") == []
            assert amiss(asker) == []


def test_a_fleet_is_named_by_what_it_was_called(tmp_path: Path) -> None:
    world = without(WORLD, fleet(1))
    with studio(world, tmp_path) as one:
        words = (*VERIFY, "--accept-less", "--fleets", "f1", "--yes")
        assert one.shell.asked(*words).code == 0
        left = THEN[THEN["fleet_id"] != fleet(1)]
        with asking(world, service=SERVICE, history=str(one.history)) as asker:
            assert wrong(asker, DAYS, left, "fleet", "fleet usage_type", scope="fleet") == []
            assert wrong(asker, DAYS, THEN, *WHOLE) == []


NEVER = f"queue-{99:032x}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("collect", *ABOUT, "--accept-less", "--queues", GONE), "goes with --verify only"),
        (("collect", "--verify", *ABOUT, "--queues", GONE), "go with --accept-less only"),
        (("collect", "--verify", *ABOUT, "--fleets", fleet(1)), "go with --accept-less only"),
        (("collect", "--verify", *ABOUT, "--yes"), "go with --accept-less only"),
        ((*ACCEPT, "--yes", "--farm", "Another"), "of which farm"),
        ((*VERIFY, "--accept-less"), "of what less is to be taken"),
        (("collect", "--verify", *SPAN, "--accept-less", "--queues", GONE), "of which farm"),
        (
            ("collect", "--verify", "--farm", "Autumn", "--accept-less", "--queues", GONE),
            "of which days",
        ),
        (("collect", "--start", "2025-10-20"), "go together"),
        ((*VERIFY, "--accept-less", "--queues", "Nobody"), "There is no queue “Nobody”"),
        ((*VERIFY, "--accept-less", "--queues", NEVER), f"lists no queue {NEVER}"),
    ],
)
def test_what_is_not_said_is_asked_for(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    with studio(WORLD, tmp_path) as one:
        ended = one.shell.asked(*words)
        assert (ended.code, ended.data) == (2, b"")
        assert said in ended.said
