"""What goes where less is accepted is said by queues and by fleets, by id and by day, and asked."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import pytest

from stats import accepting
from stats.errors import QuestionError
from stats.outcome import Less
from tests.stats.asking import asking
from tests.stats.autumn import autumn_world, fleet, queue
from tests.stats.checkups import FARM, FLEET, QUEUE, SERVICE, ZONE, days

DAYS = days()
CALLED = {QUEUE: {"q": "Comp"}, FLEET: {"f": "Spot"}}
LESS = [
    Less(QUEUE, DAYS[0], "q", "COMPUTE", 1.0, 1, None),
    Less(QUEUE, DAYS[1], "q", "COMPUTE", 2.0, 1, None),
    Less(FLEET, DAYS[0], "f", "COMPUTE", 4.0, 1, None),
]
FIRST, SECOND = (f"{ZONE.day(day.start)}" for day in DAYS)


def test_what_goes_is_said_by_queues_and_by_fleets_by_id_and_by_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert accepting.is_agreed(LESS, CALLED, ZONE, yes=True)
    assert capsys.readouterr().err.splitlines() == [
        "By queues USD 3.00 will go from history:",
        "  queue Comp (q): USD 3.00",
        f"    {FIRST}: USD 1.00",
        f"    {SECOND}: USD 2.00",
        "By fleets USD 4.00 will go from history:",
        "  fleet Spot (f): USD 4.00",
        f"    {FIRST}: USD 4.00",
    ]


def test_where_nothing_is_less_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert not accepting.is_agreed([], CALLED, ZONE, yes=True)
    assert capsys.readouterr().err == (
        "The service tells no less of these than history has. Nothing is changed.\n"
    )


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "agreed"), [(" YES\n", True), ("yea\n", False), ("", False)])
def test_only_yes_is_a_yes_in_any_case(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    *,
    agreed: bool,
) -> None:
    monkeypatch.setattr("sys.stdin", _Terminal(typed))
    assert accepting.is_agreed(LESS, CALLED, ZONE, yes=False) == agreed
    assert capsys.readouterr().err.endswith("Nothing is changed.\n") != agreed


def options(**given: Any) -> argparse.Namespace:
    none = dict.fromkeys(("queues", "fleets", "farm", "start", "since", "days"))
    flags = {"accept_less": True, "verify": True, "yes": False}
    return argparse.Namespace(**none | flags | given)


def test_any_way_to_say_which_days_and_of_what_will_do() -> None:
    for span in ({"start": "2026-10-01"}, {"since": "2026-10-01"}, {"days": 3}):
        for what in ({"queues": "q"}, {"fleets": "f"}):
            accepting.look_at(options(farm=["farm"], **span, **what))


@pytest.mark.parametrize("farm", [None, [], ["one", "other"]])
def test_one_farm_has_to_be_said(farm: list[str] | None) -> None:
    with pytest.raises(QuestionError, match="of which farm"):
        accepting.look_at(options(farm=farm, days=3, queues="q"))


def test_what_the_farm_lists_may_be_named_though_history_has_nothing_of_it(tmp_path: Path) -> None:
    with asking(autumn_world(), service=SERVICE, history=str(tmp_path / "none")) as one:
        found = accepting.ids_of(one.reporter, FARM, options(queues=queue(5), fleets=fleet(1)))
    assert found == {QUEUE: (queue(5),), FLEET: (fleet(1),)}
