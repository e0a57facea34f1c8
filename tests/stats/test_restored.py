"""A copy of history that is put back as docs/deploy.md says tells what it told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from simulator import Simulator
from tests.stats.asking import asking
from tests.stats.autumn import NOW
from tests.stats.checkups import SERVICE, WHOLE, amiss, collected, days, later, of, wrong
from tests.stats.process import Shell
from tests.stats.test_accept_less import THEN, VERIFY, WORLD
from tests.stats.test_less_of_any_files import of_months

DAYS = days()
BYS = (*WHOLE, "usage_type", "queue usage_type")


def test_half_of_the_files_are_lost_and_come_back(tmp_path: Path) -> None:
    folder, copy, left = collected(tmp_path), tmp_path / "copy", tmp_path / "left"
    late = later(WORLD, DAYS[0].start, THEN[THEN["job_id"].notna()], cost_usd=777.0)
    (tmp_path / "work").mkdir()
    with Simulator(late, SERVICE, clock=lambda: NOW) as simulator:
        shell = Shell(tmp_path / "work", simulator.url, {"FARM_COSTS_HISTORY": str(folder)})
        shutil.copytree(folder, copy)
        assert shell.asked(*VERIFY).code == 0
        of_months(folder)
        for path in sorted(folder.rglob("*.parquet"))[::2]:
            path.unlink()
        folder.rename(left)
        shutil.copytree(copy, folder)
        ended = shell.asked("history", "verify")
        assert (ended.code, "44 cuts are as they were written" in ended.text) == (0, True)
        told = json.loads(shell.asked("history", "--format", "json").text)
        assert {(one["days"], one["gaps"]) for one in told} == {(len(DAYS), 0)}
        with asking(late, service=SERVICE, history=str(folder)) as one:
            assert wrong(one, DAYS, THEN, *BYS) == []
        ended = shell.asked(*VERIFY)
        assert (ended.code, "1 settled day had changed" in ended.text) == (0, True)
    with asking(late, service=SERVICE, history=str(folder)) as one:
        assert wrong(one, DAYS, of(late, DAYS), *BYS) == []
        assert amiss(one) == []
