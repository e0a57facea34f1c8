"""What is said of days that stay as they were holds for fractions of a cent, and without ids."""

from __future__ import annotations

import pandas as pd
import pytest

from simulator.tiny import COMP, FARM, LIGHTING
from stats import verified
from stats.amounts import usd
from stats.conflict import Conflict, errors, is_split
from stats.model import Dimension, FarmId
from stats.outcome import Less, Outcome
from tests.stats.frames import cut
from tests.stats.test_more_than_the_days_total import DAYS, UTC

D = Dimension
MONDAY = DAYS[0]
BEGINS = "python -m stats collect --verify --accept-less --farm"


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(0.0, "USD 0.00"), (0.001, "USD 0.001"), (0.005, "USD 0.01"), (-1234.5, "−USD 1,234.50")],
)
def test_less_than_a_cent_is_not_called_zero(dollars: float, words: str) -> None:
    assert usd(dollars) == words


@pytest.mark.parametrize(
    ("more", "less", "records", "says"),
    [
        (0.001, 0.0, 1, "tells USD 0.001 more and 1 record fewer of 1 settled day"),
        (5.0, 0.0015, 2, "tells USD 5.00 more and USD 0.0015 less and 2 records fewer of"),
        (1e-12, 0.0, 1, "tells 1 record fewer of"),
    ],
)
def test_so_it_is_of_what_can_not_be_put_together(
    more: float, less: float, records: int, says: str
) -> None:
    left = Conflict(D.QUEUE, MONDAY, frozenset({COMP}), more, less, records)
    (said,) = errors(FarmId(FARM), [left], UTC)
    assert says in said.what
    assert said.todo.startswith(f"Where the service is right: {BEGINS}")
    assert said.todo.endswith(f" --queues {COMP}")


def test_where_no_id_is_known_no_command_is_said_that_lacks_it() -> None:
    (said,) = errors(FarmId(FARM), [Conflict(D.FLEET, MONDAY, less_usd=1.0)], UTC)
    assert said.todo.startswith(
        f"Where the service is right, name the fleets with --fleets, after: {BEGINS}"
    )
    assert said.todo.endswith("--timezone UTC")


@pytest.mark.parametrize(
    ("usd_less", "records", "says"),
    [(0.001, 1, "USD 0.001"), (0.0, 1, "1 record"), (0.0, 2, "2 records"), (0.0, 0, "USD 0.00")],
)
def test_so_it_is_of_what_is_less_and_of_fewer_records_that_cost_more(
    usd_less: float, records: int, says: str
) -> None:
    less = Less(D.QUEUE, MONDAY, "", "COMPUTE", usd_less, records, None, more_usd=0.002)
    outcome, nothing = Outcome(FarmId(FARM), less=[less]), {D.QUEUE: {}, D.FLEET: {}}
    first, *_, last = verified.sentences(outcome, nothing, nothing, None, UTC)
    assert f"By queues the service tells {says} less of" in first
    assert "cost USD 0.002 more, which is not taken in. Where the service is right, name" in last


def test_what_is_to_be_taken_is_of_all_those_days_and_ids() -> None:
    days = [
        Conflict(D.QUEUE, DAYS[0], frozenset({COMP}), 1.0, 2.0, 1),
        Conflict(D.QUEUE, DAYS[1], frozenset({LIGHTING}), 4.0, 3.0, 2),
    ]
    (said,) = errors(FarmId(FARM), days, UTC)
    told = "tells USD 5.00 more and USD 5.00 less and 3 records fewer of 2 settled days"
    assert f"{told} (2026-03-02 to 2026-03-03)" in said.what
    ids = ",".join(sorted((COMP, LIGHTING)))
    span = "--start 2026-03-02 --end 2026-03-04 --timezone UTC"
    assert said.todo.endswith(f"{BEGINS} {FARM} {span} --queues {ids}")


def total(**costs: float) -> pd.DataFrame:
    return cut(
        (D.USAGE_TYPE,), [(MONDAY.start.date(), kind, 1, usd) for kind, usd in costs.items()]
    )


def test_a_usage_type_of_which_one_side_has_nothing_counts_whole() -> None:
    """USD 5 of compute were kept and are told no more, and 3 of licences were told anew."""
    now = total(COMPUTE=1.0, LICENSE=3.0)
    left = Conflict.of(D.QUEUE, MONDAY, (), total(COMPUTE=1.0, SNAPSHOT=5.0), now)
    assert (left.more_usd, left.less_usd, left.less_count) == (3.0, 5.0, 1)


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        ({"COMPUTE": 5.0, "LICENSE": 3.0}, True),
        ({"COMPUTE": 3.0, "LICENSE": 5.0}, False),
        ({"COMPUTE": 5.0}, False),  # less in all
        ({"COMPUTE": 5.0, "LICENSE": 5.0}, False),  # more in all
    ],
)
def test_rows_contradict_a_total_by_usage_type_where_both_agree_in_all(
    told: dict[str, float], *, is_so: bool
) -> None:
    assert is_split(total(**told), total(COMPUTE=3.0, LICENSE=5.0)) is is_so
