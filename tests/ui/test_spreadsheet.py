"""CSV for spreadsheets: names stay words wherever cells are parted, and numbers stay numbers."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import spreadsheet

SIGNS = ["=", "+", "-", "@", "−", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"]
SEPARATORS = [",", ";", "\t", "|"]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_cell_that_a_spreadsheet_would_calculate_becomes_text(sign):
    assert spreadsheet.safe(f"{sign}SUM(A1)") == f"'{sign}SUM(A1)"
    assert spreadsheet.safe(f"  {sign}SUM(A1)") == f"  '{sign}SUM(A1)"
    assert spreadsheet.safe(f"a{sign}SUM(A1)") == f"a{sign}SUM(A1)"


@pytest.mark.parametrize("separator", SEPARATORS)
def test_so_does_what_would_be_a_cell_where_another_sign_parts_them(separator):
    assert spreadsheet.safe(f"x{separator}=1+1") == f"x{separator}'=1+1"
    assert spreadsheet.safe(f'x{separator} "=1+1') == f"x{separator} \"'=1+1"


@pytest.mark.parametrize("name", ["AGM_010-v2", "a=b", "lighting, pass 2", "レンダー", "x;y"])
def test_a_name_without_a_formula_in_it_stays_as_it_is(name):
    assert spreadsheet.safe(name) == name


cells = st.text(st.sampled_from([*SEPARATORS, *SIGNS, '"', "'", " ", "a", "1", "\r", "\n", "é"]))


@given(cells | st.text(), st.sampled_from(SEPARATORS))
def test_no_part_of_a_file_begins_a_formula_in_any_spreadsheet(name, separator):
    file = spreadsheet.as_csv(pd.DataFrame({"job_name": [name], "cost_usd": [-1.5]})).decode(
        "utf-8-sig", errors="replace"
    )
    for row in csv.reader(io.StringIO(file, newline=""), delimiter=separator):
        for cell in row:
            assert cell.lstrip(' "\t\r\n')[:1] not in SIGNS or cell == "-1.5"


def test_a_spreadsheets_csv_has_a_bom_iso_times_and_live_numbers_only():
    start = datetime(2026, 11, 1, 7, tzinfo=UTC)
    table = pd.DataFrame(
        {
            "period_start": [start, start + timedelta(days=1)],
            "job_name": ["x;=1+1", 'レンダー "x"'],
            "cost_usd_sum": [-1.5, 0.30000000000000004],
            "count": [1, 2],
        }
    )
    assert (
        spreadsheet.as_csv(table)
        == (
            '\ufeff"period_start","job_name","cost_usd_sum","count"\r\n'
            '"2026-11-01T07:00:00+00:00","x;\'=1+1",-1.5,1\r\n'
            '"2026-11-02T07:00:00+00:00","レンダー ""x""",0.30000000000000004,2\r\n'
        ).encode()
    )


def test_a_spreadsheets_headers_are_made_safe_too_and_missing_cells_stay_empty():
    table = pd.DataFrame(
        {"=x": pd.to_datetime(["2026-11-01", None], utc=True), "n": [1.5, None], "m": [1, 2]}
    )
    rows = list(csv.reader(io.StringIO(spreadsheet.as_csv(table).decode("utf-8-sig"))))
    assert rows == [["'=x", "n", "m"], ["2026-11-01T00:00:00+00:00", "1.5", "1"], ["", "", "2"]]
