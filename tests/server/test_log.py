"""What a server says on standard error: each line once, in one form, in UTC."""

from __future__ import annotations

import logging
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import h11
import pytest
import streamlit

from server import log
from server.often import Often
from simulator import Simulator, tiny_world
from tests.browser.serving import ROOT, free_port, pointing_at, started
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, fetch, running, visit

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (INFO|WARNING|ERROR) ([a-z_.]+): (\S.*)"
)
BANNER = re.compile(r"\s*|\s+You can now view your Streamlit app in your browser\.|\s+URL: http:.*")


@pytest.fixture
def plain_records() -> Iterator[None]:
    """Records of the log as the tests before and after have them."""
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)


def test_what_streamlit_repeats_of_a_browser_makes_no_line_of_its_own(plain_records, caplog):
    log.set_up()
    speaks = logging.getLogger("streamlit.of_anything")
    caplog.set_level(logging.WARNING, "streamlit.of_anything")
    speaks.warning("not there: %s", "a\n2026 ERROR \x1b[31m\u2028forged")
    speaks.warning("%d", "no number\n")
    speaks.warning("x" * 9_000)
    try:
        raise ValueError("the words\nof somebody")
    except ValueError:
        speaks.exception("Uncaught app execution")
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == "not there: …"
    assert told[1] == "%d"
    assert len(told[2]) < 600
    assert told[3].startswith("Uncaught app execution: ValueError at server/test_log.py:")
    assert "somebody" not in caplog.text
    assert "Traceback" not in caplog.text


def test_lines_that_are_alike_are_told_twenty_times_a_minute_and_then_counted(
    plain_records, caplog, monkeypatch
):
    """Others' lines are alike whatever numbers are in them; of our own each number counts."""
    seconds = [0.0]
    monkeypatch.setattr(log, "_often", Often(lambda: seconds[0]))
    log.set_up()
    for name in ("streamlit.of_anything", "server.anything", "anybody"):
        caplog.set_level(logging.WARNING, name)
    for number in range(30):
        seconds[0] += 1
        logging.getLogger("streamlit.of_anything").error("no %d of %s", number, "FORGED")
        logging.getLogger("anybody").error("again\nand %d more", number)
        logging.getLogger("server.anything").error("day %d can't be read", number)
    told = [record.getMessage() for record in caplog.records]
    assert [sum(one.startswith(what) for one in told) for what in ("no", "again", "day")] == [
        *(20, 20, 30)
    ]
    caplog.clear()
    seconds[0] = 61
    logging.getLogger("streamlit.of_anything").error("no %d of %s", 1, "FORGED")
    logging.getLogger("anybody").error("something else")
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("server.log", "10 more within a minute of: streamlit.of_anything: no … of …"),
        ("server.log", "10 more within a minute of: anybody: again"),
        ("streamlit.of_anything", "no 1 of …"),
        ("anybody", "something else"),
    ]


def raised(*files: str, breaks: str) -> BaseException:
    """The error of code in the last of those files, which each of the others has called."""
    called: dict[str, Any] = {"st": streamlit}
    exec(compile(f"def call(): {breaks}", files[-1], "exec"), called)
    for file in reversed(files[:-1]):
        called = {"inner": called["call"]}
        exec(compile("def call(): inner()", file, "exec"), called)
    with pytest.raises((ValueError, KeyError)) as error:
        called["call"]()
    return error.value


OF_STREAMLIT = str(Path(streamlit.__file__).with_name("anything.py"))
BREAKS = 'raise ValueError("the words\\nof somebody")'


@pytest.mark.parametrize("speaker", ["uvicorn.error", "asyncio", "streamlit.anything"])
def test_the_error_of_a_request_that_was_handed_on_is_told_in_a_line_without_its_words(
    plain_records, caplog, speaker
):
    log.set_up()
    error = raised(str(ROOT / "server" / "guard.py"), OF_STREAMLIT, breaks=BREAKS)
    logging.getLogger(speaker).error("It broke\n", exc_info=error)
    (told,) = caplog.records[-1].getMessage().splitlines()
    assert told.startswith("It broke")
    assert ": ValueError at streamlit/anything.py:1 call < server/guard.py" in told
    assert "somebody" not in caplog.text


def test_an_error_of_our_own_keeps_its_words_whoever_tells_it(plain_records, caplog):
    log.set_up()
    of_a_page = raised(str(ROOT / "pages" / "costs" / "users.py"), OF_STREAMLIT, breaks=BREAKS)
    of_the_guard = raised(str(ROOT / "server" / "guard.py"), breaks=BREAKS)
    for speaker, error in (("streamlit.anything", of_a_page), ("uvicorn.error", of_the_guard)):
        logging.getLogger(speaker).error("It broke", exc_info=error)
        told = caplog.records[-1].getMessage()
        assert told.startswith(r"It broke: ValueError: the words\nof somebody")
        assert "\n    " in told
    no_such_key = raised(str(ROOT / "ui" / "page.py"), breaks='st.session_state["our key"]')
    logging.getLogger("streamlit.anything").error("It broke", exc_info=no_such_key)
    assert "our key" in caplog.records[-1].getMessage()


def test_what_led_to_an_error_of_our_own_keeps_its_words_only_where_it_is_ours(
    plain_records, caplog
):
    log.set_up()
    a_browsers = raised(OF_STREAMLIT, breaks=BREAKS)
    for key in ("__cause__", "__context__"):
        ours = raised(str(ROOT / "pages" / "costs" / "users.py"), breaks='{}["our key"]')
        error = raised(str(ROOT / "ui" / "page.py"), breaks='raise ValueError("our words")')
        setattr(ours, key, a_browsers)
        error.__cause__ = ours
        logging.getLogger("streamlit.anything").error("It broke", exc_info=error)
        told = caplog.records[-1].getMessage()
        assert "It broke: ValueError: our words" in told
        assert "\n  after KeyError: 'our key'" in told
        assert "\n  after ValueError at streamlit/anything.py:1 call" in told
        assert "somebody" not in told


class Wordless:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("speaker", ["uvicorn.error", "streamlit.x", "stats.x", "boto3", "asyncio"])
@pytest.mark.parametrize(
    ("sentence", "values"),
    [("%d%% of %s", ("somebody's",)), ("%d of it", (float("inf"),)), ("It is %s", (Wordless(),))],
    ids=["too few", "endless", "wordless"],
)
def test_what_does_not_fit_its_sentence_breaks_nobody_who_says_it(
    plain_records, caplog, speaker, sentence, values
):
    log.set_up()
    caplog.set_level(logging.WARNING, speaker)
    for error in (None, raised(OF_STREAMLIT, breaks=BREAKS)):
        logging.getLogger(speaker).warning(sentence, *values, exc_info=error)
        told = caplog.records[-1].getMessage()
        assert told.startswith((sentence, "It is …"))
        assert "somebody" not in told


def test_an_answer_of_ours_that_is_no_http_is_told(plain_records, caplog):
    """Unlike one that could not be given any more, which is whose request broke HTTP."""
    log.set_up()
    answering = h11.Connection(h11.SERVER)
    answering.receive_data(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answering.next_event()
    answering.send(h11.Response(status_code=200, headers=[("content-length", "1")]))
    with pytest.raises(h11.LocalProtocolError) as error:
        answering.send(h11.Data(data=b"more than one"))
    logging.getLogger("uvicorn.error").error("It broke\n", exc_info=error.value)
    assert (
        caplog.records[-1].getMessage().startswith("It broke: LocalProtocolError at h11/_writers")
    )


def test_who_hands_on_what_came_fills_in_numbers_only(plain_records, caplog):
    log.set_up()
    logging.getLogger("uvicorn.error").error("Returned %d times '%s'.", 2, "the words\nof somebody")
    assert caplog.records[-1].getMessage() == "Returned 2 times '…'."


@pytest.mark.parametrize("speaker", ["stats.x", "server", "boto3.x", "uvicorn.error", ""])
def test_whoever_speaks_begins_no_line_but_their_own(plain_records, caplog, speaker):
    log.set_up()
    said = "It broke\n2026 ERROR \x1b[31mforged\r\u2028password=of-somebody " + "x" * 90_000
    logging.getLogger(speaker).warning(said)
    told = caplog.records[-1].getMessage()
    assert told.startswith("It broke")
    assert told.isprintable() or told.replace("\n    ", "").isprintable()
    assert len(told) < 2_500
    assert speaker.startswith("uvicorn") or "of-somebody" not in told


def test_an_address_that_was_visited_stands_on_one_line_and_is_cut(plain_records, caplog):
    log.set_up()
    caplog.set_level(logging.INFO, "uvicorn.access")
    visited = logging.getLogger("uvicorn.access")
    form = '%s - "%s %s HTTP/%s" %d'
    visited.info(form, "::1", "GET", "/\n\x1b[31m" + "x" * 90_000, "1.1", 200)
    told = caplog.records[-1].getMessage()
    assert told.startswith(r'::1 - "GET /\n\x1b[31mxxx')
    assert told.endswith('…  HTTP/1.1" 200'.replace("  ", " "))
    assert len(told) < 600


def test_what_a_deployment_has_set_is_named(plain_records, caplog):
    log.set_up()
    for name in ("streamlit.config", "streamlit.runtime"):  # which pages in this process may mute
        caplog.set_level(logging.WARNING, name)
    logging.getLogger("streamlit.config").warning("There is no option %s.", "server.colour")
    logging.getLogger("streamlit.runtime").warning("%s has %d characters.", "somebody's", 12)
    logging.getLogger("streamlit.runtime").warning("%s", "somebody's")
    told = [record.getMessage() for record in caplog.records]
    assert told[:2] == ["There is no option server.colour.", "… has 12 characters."]
    assert told[2].startswith("… at server/test_log.py:")


@pytest.mark.parametrize("by", COMMANDS)
def test_it_has_one_form(tmp_path, by):
    """In Tokyo the clock is nine hours ahead; the setting that is wrong is said by our own code."""
    wrong = {"FARM_COSTS_COLLECT_HOUR": "25", "TZ": "Asia/Tokyo"}
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path, by, **pointing_at(service.url), **wrong) as url,
    ):
        visit(url, WEEK)
        fetch(url)
    lines = (tmp_path / "server.log").read_text().splitlines()
    said = [line for line in lines if not BANNER.fullmatch(line)]
    found = [LINE.fullmatch(line) for line in said]
    assert [line for line, match in zip(said, found, strict=True) if not match] == []
    assert len(set(said)) == len(said)
    assert ("uvicorn.access" in "".join(said)) == (by == "uvicorn")  # which logs visits, if it may
    (own,) = [match for match in found if match and match[3] == "server.estate"]
    assert "FARM_COSTS_COLLECT_HOUR" in own[4]
    for match in found:
        assert match
        at = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - at) < timedelta(hours=1)


def test_visits_are_not_told_where_they_are_turned_off(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "app:app", f"--port={port}", "--no-access-log"]
    variables = {"FARM_COSTS_SOURCE": "demo"}
    with started(tmp_path, command, f"http://127.0.0.1:{port}", variables) as url:
        assert fetch(f"{url}/?name=somebody").status == 200
    assert "uvicorn.access" not in (tmp_path / "server.log").read_text()


BUG = """
def _breaks():
    forged = "the words\\n2026-11-26T00:00:00.000Z ERROR ui: forged \\x1b[31m"
    raise ValueError(forged + "x" * 9_000)


try:
    {}["no such key"]
except KeyError as missing:
    _breaks()
"""


@pytest.fixture
def broken(tmp_path):
    """A folder with the product in which one page has a bug."""
    folder = tmp_path / "product"
    for part in ("server", "stats", "ui", "pages", "simulator", ".streamlit"):
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / "app.py", folder)
    page = folder / "pages" / "costs" / "users.py"
    page.write_text(page.read_text() + BUG)
    return folder


def test_a_bug_of_a_page_leaves_where_it_came_up_and_what_it_says_on_lines_of_its_own(
    tmp_path, broken
):
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    with (
        Simulator(tiny_world()) as service,
        started(
            tmp_path, command, f"http://127.0.0.1:{port}", pointing_at(service.url), broken
        ) as url,
    ):
        visit(url, WEEK, "users")
    lines = (tmp_path / "server.log").read_text().splitlines()
    (at,) = [n for n, line in enumerate(lines) if "Uncaught app execution" in line]
    first, traced = lines[at], []
    match = LINE.fullmatch(first)
    assert match
    assert match[4].startswith(r"Uncaught app execution: ValueError: the words\n2026-11-26T00:00")
    assert r"forged \x1b[31m" in first
    assert len(first) < 700
    for line in lines[at + 1 :]:
        if not line.startswith("  "):
            break
        traced.append(line)
    assert "costs/users.py" in traced[0]
    assert " _breaks: raise ValueError(" in traced[0]
    assert any("ui/dashboard.py" in line for line in traced)
    assert any(line.startswith("  after KeyError: 'no such key'") for line in traced)
    assert max(map(len, traced)) < 1_000
    assert [line for line in lines if "forged" in line and LINE.fullmatch(line)] == [first]
