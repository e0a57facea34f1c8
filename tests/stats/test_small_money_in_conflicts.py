"""What is said of days that stay as they were holds for fractions of a cent, and without ids."""

from __future__ import annotations

import pytest

from simulator.tiny import COMP, FARM
from stats import verified
from stats.amounts import usd
from stats.conflict import Conflict, errors
from stats.model import Dimension, FarmId
from stats.outcome import Less, Outcome
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
