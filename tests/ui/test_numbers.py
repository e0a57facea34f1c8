"""Tables write numbers in one way, in any browser, and nothing but zero as zero."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import ui
from ui import numbers


def as_written(form: str, number: float) -> str:
    """As Streamlit writes it: sprintf, with a comma for thousands."""
    found = re.fullmatch(r"(.*?)%([+]?),\.?(\d*)[fd](.*)", form)
    assert found, form
    before, sign, places, after = found.groups()
    return f"{before}{number:{sign},.{places or 0}f}{after.replace('%%', '%')}"


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ([4_294.1, 161.07], ["$4,294.10", "$161.07"]),
        ([0.0025, 0.001565], ["$0.0025", "$0.0016"]),
        ([0.0025, 12.0, 0.0], ["$0.0025", "$12.0000", "$0.0000"]),
        ([0.0000031], ["$0.000003"]),
    ],
)
def test_small_money_is_not_written_as_none(costs, said) -> None:
    form = numbers.money(pd.DataFrame({"cost_usd": costs}), "cost_usd")
    assert [as_written(form, cost) for cost in costs] == said


def test_all_money_of_a_table_has_as_many_decimals() -> None:
    table = pd.DataFrame({"cost_usd": [12.5], "largest_session_usd": [0.0025]})
    assert numbers.money(table, "cost_usd", "largest_session_usd", "usd_per_hour") == "$%,.4f"


def test_hours_and_shares_are_not_written_as_none_either() -> None:
    table = pd.DataFrame({"runtime_seconds": [5.0, 3_600.0], "share": [0.0004, 0.9996]})
    assert as_written(numbers.hours(table, "runtime_seconds"), 5 / 3600) == "0.0014"
    assert as_written(numbers.share(table, "share"), 0.04) == "0.040 %"
    assert numbers.hours(table.iloc[1:], "runtime_seconds") == "%,.2f"
    assert numbers.share(table.iloc[1:], "share") == "%,.1f %%"


def test_no_table_writes_numbers_as_the_browsers_language_does() -> None:
    for module in Path(ui.__file__).parent.glob("*.py"):
        for form in re.findall(r"format=\"(\w+)\"", module.read_text(encoding="utf-8")):
            assert form not in {"dollar", "localized", "percent", "accounting", "compact"}, module
