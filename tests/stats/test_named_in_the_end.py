"""What a check-up has found is told by names; where these can't be had, others are collected."""

from __future__ import annotations

from pathlib import Path

from simulator import Fault, Simulator
from simulator.tiny import FARM
from tests.stats.process import Ended, Shell
from tests.stats.test_a_total_that_is_lost import without_lighting
from tests.stats.test_what_is_known import SOON, asked, asking_at

VERIFY = ("collect", "--verify", "--start", "2026-03-02", "--end", "2026-03-05")


def verified(tmp_path: Path, *faults: Fault) -> tuple[Ended, list[str]]:
    """The command over two farms, of one of which less is told; whose queues were listed."""
    home = tmp_path / f"history {len(faults)}"
    with asking_at(SOON, home) as asker:
        asker.report(asked("queue", "usage_type"))
    folder = tmp_path / f"work {len(faults)}"
    folder.mkdir()
    with Simulator(without_lighting(), clock=lambda: SOON) as service:
        service.faults.add(*faults)
        shell = Shell(folder, service.url, {"FARM_COSTS_HISTORY": str(home)})
        ended = shell.asked(*VERIFY, FARM_COSTS_NAMES_SECONDS="0", FARM_COSTS_CALL_ATTEMPTS="1")
        listed = [r.parameters["farmId"] for r in service.requests if r.operation == "ListQueues"]
    return ended, listed


def test_a_farm_of_which_less_is_told_and_queues_can_not_be_listed_costs_no_other(
    tmp_path: Path,
) -> None:
    ended, listed = verified(tmp_path)
    assert "Lighting (queue-" in ended.said
    assert f"{FARM}: By queues the service tells" in ended.said
    last = listed.count(FARM)
    assert listed[:last] == [FARM] * last
    ended, _ = verified(tmp_path, Fault("ListQueues", "internal_error", skip=last - 1))
    assert ended.code == 4
    assert "collected 2 farm(s), 3 settled days" in ended.text
    assert "the service tells less, and what was kept stays: by queues" in ended.text
    assert f"{FARM}: The service has a fault: ListQueues failed inside the service" in ended.said
