"""Numbers and times read as people write them, and names stay plain words wherever drawn."""

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.model import Period, Window
from stats.zone import Zone
from ui import format as written

LOS_ANGELES = Zone("America/Los_Angeles")
JOINER = "\u2060"


def window(start, end, zone=LOS_ANGELES):
    first, after = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return Window(zone.instant(first), zone.instant(after))


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (0, "$0"),
        (0.004, "<$0.01"),
        (0.01, "$0.01"),
        (3.416, "$3.42"),
        (99.99, "$99.99"),
        (99.996, "$100"),
        (100, "$100"),
        (1234.5, "$1,235"),
        (1235.5, "$1,236"),
        (1234567.8, "$1,234,568"),
        (-12, "−$12.00"),
        (-1200, "−$1,200"),
        (math.nan, "–"),
    ],
)
def test_money_has_cents_below_a_hundred_dollars_only(dollars, said):
    assert written.usd(dollars) == said


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (12.5, "$12.50"),
        (999, "$999"),
        (999.6, "$1.00k"),
        (12_345, "$12.3k"),
        (123_456, "$123k"),
        (999_700, "$1.00M"),
        (1_240_000, "$1.24M"),
        (-12_345, "−$12.3k"),
        (math.nan, "–"),
    ],
)
def test_short_money_keeps_three_figures(dollars, said):
    assert written.usd_short(dollars) == said


@pytest.mark.parametrize(
    ("dollars", "said"),
    [
        (1234.5, "$1,234.50"),
        (0.004213, "$0.004213"),
        (0.1 + 0.2, "$0.30"),
        (0, "$0.00"),
        (-2.125, "−$2.125"),
        (math.nan, "–"),
    ],
)
def test_exact_money_goes_to_the_millionth_and_not_into_float_noise(dollars, said):
    assert written.usd_exact(dollars) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 h"),
        (0.3, "<1 s"),
        (42, "42 s"),
        (59.7, "1 min"),
        (840, "14 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (45_000, "12.5 h"),
        (359_819, "99.9 h"),
        (359_990, "100 h"),
        (4_442_400, "1,234 h"),
        (math.nan, "–"),
    ],
)
def test_run_time_is_said_in_the_unit_that_fits(seconds, said):
    assert written.hours(seconds) == said


def test_exact_run_time_goes_to_the_second():
    assert written.hours_exact(1234 * 3600 + 30 * 60 + 15) == "1,234 h 30 min 15 s"
    assert written.hours_exact(59.6) == "0 h 1 min 0 s"
    assert written.hours_exact(math.nan) == "–"


def test_the_columns_name_gives_the_unit():
    assert written.amount(7200, "runtime_seconds_sum") == "2 h"
    assert written.amount(7200, "cost_usd_sum") == "$7,200"
    assert written.amount(7200, "count") == "7,200"
    assert written.amount_exact(7200, "runtime_seconds_sum") == "2 h 0 min 0 s"
    assert written.amount_exact(7200, "cost_usd_sum") == "$7,200.00"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (0, "0%"),
        (0.0004, "<0.1%"),
        (0.123, "12.3%"),
        (0.5, "50.0%"),
        (0.9999, ">99.9%"),
        (1, "100%"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_to_all(part, said):
    assert written.share(part) == said


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (112, 100, "+12%"),
        (88, 100, "-12%"),
        (102.3, 100, "+2.3%"),
        (109.96, 100, "+10%"),
        (0, 100, "-100%"),
        (1200, 100, "×12"),
        (5, 0, "new"),
        (0, 0, "no change"),
        (100, 100, "no change"),
        (100.01, 100, "no change"),
    ],
)
def test_a_change_begins_with_the_sign_that_streamlit_looks_for(now, before, said):
    assert written.change(now, before) == said


def test_a_moment_is_said_in_local_time():
    assert written.when(datetime(2026, 11, 23, 22, tzinfo=UTC), LOS_ANGELES) == (
        "Mon 23 Nov 2026, 14:00"
    )


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-11-01", "2026-12-01", "1–30 Nov 2026"),
        ("2026-11-23", "2026-11-24", "23 Nov 2026"),
        ("2026-11-28", "2026-12-04", "28 Nov – 3 Dec 2026"),
        ("2026-12-30", "2027-01-03", "30 Dec 2026 – 2 Jan 2027"),
        ("2026-11-23T14:00", "2026-11-23T18:00", "23 Nov 2026, 14:00–18:00"),
        ("2026-11-23T14:00", "2026-11-24", "23 Nov 2026, 14:00–24:00"),
        (
            "2026-11-23",
            "2026-11-25T09:00",
            "23 Nov, 00:00 – 25 Nov 2026, 09:00",
        ),
        (
            "2026-12-31T22:00",
            "2027-01-01T09:00",
            "31 Dec 2026, 22:00 – 1 Jan 2027, 09:00",
        ),
    ],
)
def test_a_window_is_said_with_both_its_ends(start, end, said):
    assert written.days(window(start, end), LOS_ANGELES) == said


@pytest.mark.parametrize(
    ("period", "said"),
    [
        (Period.HOURLY, "16 Nov 00:00"),
        (Period.DAILY, "16 Nov"),
        (Period.WEEKLY, "Wk 47 · 16 Nov"),
        (Period.MONTHLY, "Nov 2026"),
        (Period.TOTAL, "Whole window"),
    ],
)
def test_a_period_is_called_by_its_local_beginning(period, said):
    start = LOS_ANGELES.midnight(date(2026, 11, 16))
    assert written.period_label(start, period, LOS_ANGELES) == said


def test_one_line_folds_breaks_and_drops_what_turns_text_around():
    assert written.one_line("a\r\n b\tc\x00d\u2028e") == "a b c d e"
    assert written.one_line("good\u202egnp.exe\u2066x\u200f") == "goodgnp.exex"
    assert written.one_line("half \ud83d pair") == "half \ufffd pair"
    assert written.one_line("مرحبا 山田 👩‍🎨") == "مرحبا 山田 👩‍🎨"


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert written.shortened("AGM_104_065_010_comp_NFX_v001", 13) == "AGM_10…X_v001"
    assert written.shortened("short", 5) == "short"
    assert written.shortened("abcdef", 5) == "ab…ef"


def test_japanese_takes_two_columns_a_character():
    assert written.columns("山田a") == 5
    assert written.shortened("レンダリング担当", 9) == "レン…担当"


@given(st.text(max_size=80), st.integers(1, 40))
def test_a_shortened_name_fits(text, length):
    assert written.columns(written.shortened(text, length)) <= length


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("AGM_067_v01", r"AGM\_067\_v01"),
        ("*a* `b` ~c~", r"\*a\* \`b\` \~c\~"),
        ("[x](y)", r"\[x\]\(y\)"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("$x^2$", r"\$x^2\$"),
        ("a|b{c}!", r"a\|b\{c\}\!"),
        ("a\\*", r"a\\\*"),
        ("# one", r"\# one"),
        ("- one", r"\- one"),
        ("+ one", r"\+ one"),
        ("---", rf"\-{JOINER}--"),
        ("1. one", r"1\. one"),
        ("2) one", r"2\) one"),
        ("> one", "&gt; one"),
        ("    code\nnext", "code next"),
        (":red[x]", rf":{JOINER}red\[x\]"),
        (":smile:", f":{JOINER}smile:"),
        (":material/home:", f":{JOINER}material/home:"),
        ("http://a.b", f"http:{JOINER}//a.b"),
        ("_WWW.a.b", rf"\_WWW{JOINER}.a.b"),
        ("anna@studio.com", f"anna@{JOINER}studio.com"),
        ("a -> b", f"a -{JOINER}&gt; b"),
        ("a <-> b", f"a &lt;{JOINER}-&gt; b"),
        ("a -- b", f"a -{JOINER}- b"),
        ("14 v 10.5 - 3", "14 v 10.5 - 3"),
    ],
)
def test_a_name_in_markdown_stays_plain_words(name, safe):
    assert written.markdown(name) == safe


def test_a_name_in_plotly_has_no_tags_entities_or_formulae():
    assert written.plotly_text("<b>$x$</b> & co\nnext") == (
        "&lt;b&gt;&#36;x&#36;&lt;/b&gt; &amp; co next"
    )


@given(st.text())
def test_plotly_text_never_holds_a_live_mark(text):
    assert not set(written.plotly_text(text)) & set("<>$\n\r")


@pytest.mark.parametrize(
    ("now", "before", "column", "said"),
    [
        (1_000.0, 0.0099, "cost_usd", "from <$0.01"),
        (0.008, 0.004, "cost_usd", "from <$0.01"),
        (0.0, 0.004, "cost_usd", "from <$0.01"),
        (1_000.0, 0.01, "cost_usd", "×100,000"),
        (7_200.0, 0.5, "runtime_seconds", "from <1 s"),
        (3.0, 0.5, "", "+500%"),
        (0.004, 0.004, "cost_usd", "no change"),
        (1.0, 0.0, "cost_usd", "new"),
    ],
)
def test_a_base_of_less_than_a_cent_or_a_second_is_named_and_not_multiplied(
    now, before, column, said
):
    assert written.change(now, before, column) == said
    assert written.has_direction(said) is said.startswith(("×", "+", "-"))
