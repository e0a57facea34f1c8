"""Files are called by all that makes one another than the next."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ui import files

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def test_a_file_is_called_by_farm_scope_filter_table_and_days() -> None:
    name = files.csv("Commercials", "queues", "", "users", unlike="", days=NOVEMBER)
    assert name == "commercials-queues-users-2026-11-01-to-2026-11-30.csv"
    one_day = files.csv("Commercials", "queues", "", "users", unlike="", days=NOVEMBER[:1] * 2)
    assert one_day == "commercials-queues-users-2026-11-01.csv"
    filtered = files.csv("Sand/Box", "Comp", "Ada λ", "jobs", unlike="x", days=NOVEMBER)
    assert filtered.startswith("sand-box-comp-ada-λ-jobs-")
    assert len(filtered) == len("sand-box-comp-ada-λ-jobs-") + 7 + len(
        "2026-11-01-to-2026-11-30.csv"
    )


@given(st.lists(st.text(max_size=300), min_size=4, max_size=4), st.text(max_size=2_000))
def test_any_name_is_one_that_a_file_can_have(parts: list[str], unlike: str) -> None:
    name = files.csv(*parts, unlike=unlike, days=NOVEMBER)
    assert len(name.encode()) <= 200
    assert name.endswith("2026-11-01-to-2026-11-30.csv")
    assert not set('/\\:*?"<>|\0\n\r') & set(name)
    assert not name.startswith((".", "-", " "))


def test_what_looks_the_same_in_a_name_is_told_apart() -> None:
    long = "comp " * 20
    one = files.csv("F", long + "a", "jobs", unlike="a", days=NOVEMBER)
    other = files.csv("F", long + "b", "jobs", unlike="b", days=NOVEMBER)
    assert one != other
