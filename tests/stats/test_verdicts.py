"""What the service tells now beside what history has: more, less or the same, and whose counts."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from stats.model import Dimension
from stats.verdict import Cell, Judgement, Side, Verdict, is_less, judged
from tests.stats.frames import cut

QUEUE, TYPE = Dimension.QUEUE, Dimension.USAGE_TYPE
SAME, MORE, LESS = Verdict.SAME, Verdict.MORE, Verdict.LESS
KEPT, TAKEN, SPLIT = Side.KEPT, Side.TAKEN, Side.SPLIT
Numbers = tuple[int, float, float]
WAS: Numbers = (3, 5.0, 60.0)


def rows(*of: tuple[str, str, Numbers]) -> pd.DataFrame:
    """Rows by queue and usage type, of records, cost and run time."""
    keys = [(q, kind, n, usd, usd, usd, time, time, time) for q, kind, (n, usd, time) in of]
    return cut((QUEUE, TYPE), [(date(2026, 3, 2), *one) for one in keys])


def cell(was: Numbers, tells: Numbers) -> Cell:
    found = judged(QUEUE, rows(("q", "COMPUTE", was)), rows(("q", "COMPUTE", tells)))
    return found.cells["q", "COMPUTE"]


@pytest.mark.parametrize(
    ("tells", "verdict"),
    [
        (WAS, SAME),
        ((4, 5.0, 60.0), MORE),
        ((3, 6.0, 60.0), MORE),
        ((3, 5.0, 61.0), MORE),
        ((3, 6.0, 50.0), MORE),
        ((4, 5.0, 50.0), MORE),
        ((3, 5.0, 59.0), LESS),
    ],
)
def test_as_much_of_cost_and_records_is_more_or_the_same(tells: Numbers, verdict: Verdict) -> None:
    assert cell(WAS, tells) == Cell(verdict)


@pytest.mark.parametrize(
    ("tells", "less_usd", "less_count"),
    [
        ((2, 5.0, 60.0), 0.0, 1),
        ((3, 4.0, 60.0), 1.0, 0),
        ((1, 2.5, 10.0), 2.5, 2),
        ((1, 9.0, 90.0), 0.0, 2),
        ((9, 4.5, 90.0), 0.5, 0),
    ],
)
def test_less_of_either_is_less_whatever_there_is_more_of(
    tells: Numbers, less_usd: float, less_count: int
) -> None:
    more_usd = max(0.0, tells[1] - WAS[1])
    assert cell(WAS, tells) == Cell(LESS, less_usd, less_count, more_usd)


@pytest.mark.parametrize(
    ("usd", "change", "verdict"),
    [
        (5.0, 9e-7, SAME),
        (5.0, -9e-7, SAME),
        (5.0, 2e-6, MORE),
        (5.0, -2e-6, LESS),
        (1e6, 9e-4, SAME),
        (1e6, -9e-4, SAME),
        (1e6, 2e-3, MORE),
        (1e6, -2e-3, LESS),
        (0.0, 2e-6, MORE),
    ],
)
def test_rounding_is_no_change(usd: float, change: float, verdict: Verdict) -> None:
    assert cell((1, usd, 60.0), (1, usd + change, 60.0)).verdict is verdict
    stored, fresh = (rows(("q", "LICENSE", (1, one, 60.0))) for one in (usd, usd + change))
    assert is_less(stored, fresh) is (verdict is LESS)


def test_rows_of_a_key_are_held_together_and_a_key_that_one_side_lacks_is_nothing_there() -> None:
    was = rows(
        ("a", "COMPUTE", (1, 2.0, 10.0)),
        ("a", "COMPUTE", (2, 3.0, 50.0)),
        ("b", "COMPUTE", (4, 8.0, 10.0)),
    )
    tells = rows(("a", "COMPUTE", WAS), ("a", "LICENSE", (1, 0.0, 5.0)))
    found = judged(QUEUE, was, tells)
    assert found.cells == {
        ("a", "COMPUTE"): Cell(SAME),
        ("a", "LICENSE"): Cell(MORE),
        ("b", "COMPUTE"): Cell(LESS, 8.0, 4),
    }
    assert found.has_news
    assert (found.kept, found.gone) == ({("b", "COMPUTE"): Cell(LESS, 8.0, 4)}, {})


def judgement(**cells: Verdict) -> Judgement:
    """Verdicts by `queue_TYPE`."""
    pairs = {tuple(word.split("_")): Cell(verdict) for word, verdict in cells.items()}
    return Judgement({(one, kind): found for (one, kind), found in pairs.items()})


def test_less_is_kept_unless_it_is_accepted_of_that_queue() -> None:
    found = judgement(a_COMPUTE=LESS, b_COMPUTE=LESS, c_COMPUTE=SAME)
    assert ({*found.kept}, {*found.gone}) == ({("a", "COMPUTE"), ("b", "COMPUTE")}, set())
    assert not found.has_news
    less = found.accepting(["b", "c"])
    assert ({*less.kept}, {*less.gone}) == ({("a", "COMPUTE")}, {("b", "COMPUTE")})
    assert less.has_news
    assert not found.accepting(["c"]).has_news
    assert judgement(a_COMPUTE=LESS, b_COMPUTE=MORE).has_news


def test_of_one_usage_type_more_is_taken_and_less_where_it_is_accepted() -> None:
    found = judgement(a_COMPUTE=MORE, b_COMPUTE=LESS, c_COMPUTE=SAME)
    assert [found.side(one, "COMPUTE") for one in "abcd"] == [TAKEN, KEPT, KEPT, KEPT]
    assert found.side("a", "LICENSE") is KEPT
    accepted = found.accepting("abcd")
    assert [accepted.side(one, "COMPUTE") for one in "abcd"] == [TAKEN, TAKEN, KEPT, KEPT]


@pytest.mark.parametrize(
    ("compute", "licence", "side", "accepted"),
    [
        (MORE, LESS, SPLIT, TAKEN),
        (MORE, SAME, TAKEN, TAKEN),
        (SAME, LESS, KEPT, TAKEN),
        (LESS, LESS, KEPT, TAKEN),
        (SAME, SAME, KEPT, KEPT),
    ],
)
def test_of_all_usage_types_together_more_and_less_are_some_of_each(
    compute: Verdict, licence: Verdict, side: Side, accepted: Side
) -> None:
    found = judgement(a_COMPUTE=compute, a_LICENSE=licence, b_COMPUTE=MORE)
    assert found.side("a") is side
    assert found.accepting(["b"]).side("a") is side
    assert found.accepting(["a"]).side("a") is accepted
    assert found.side("c") is KEPT


def test_fewer_records_are_less_and_more_of_the_other_does_not_make_up_for_it() -> None:
    one, fewer, dearer = (rows(("q", "COMPUTE", of)) for of in (WAS, (2, 9.0, 1.0), (9, 4.0, 1.0)))
    assert is_less(one, fewer)
    assert is_less(one, dearer)
    assert not is_less(one, one)
    assert not is_less(one, rows(("q", "COMPUTE", (3, 5.0, 1.0))))
    assert is_less(one, one.iloc[:0])
    assert not is_less(one.iloc[:0], one)
