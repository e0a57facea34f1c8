"""Addresses that hold more than Streamlit reads are shortened, and say by how much."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from server.long_links import LongLinks, is_long, shortened
from tests.loops import in_a_loop
from ui import link


def asked(query: bytes, method: str = "GET") -> list[dict[str, Any]]:
    """What a browser is sent; nothing where Streamlit is asked."""
    sent: list[dict[str, Any]] = []

    async def streamlit(*_: Any) -> None:
        pass

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/users", "query_string": query}
    in_a_loop(LongLinks(streamlit)(scope, send, send))  # type: ignore[arg-type]
    return sent


def test_a_link_of_1001_values_is_shortened_and_the_rest_is_counted() -> None:
    jobs = "&".join(f"job=job-{n}" for n in range(1_000))
    (start, _) = asked(f"{jobs}&window=7d".encode())
    assert start["status"] == 302
    place = dict(start["headers"])[b"location"].decode()
    assert place.startswith("?window=7d&job=job-0&")
    found = parse_qs(place[1:])
    assert (len(found["job"]), found["cut"]) == (899, ["101"])
    assert not is_long(place[1:].encode())
    assert link.parsed(found)[1][0].said == "101 values, since a link holds 900 at most"


def test_what_streamlit_reads_is_left_to_it() -> None:
    jobs = "&".join(f"job=job-{n}" for n in range(1_000)).encode()
    assert asked(jobs) == []
    assert asked(jobs + b"&window=7d", "POST") == []


def test_one_value_of_a_megabyte_is_left_out_and_counted() -> None:
    query = b"name=" + b"x" * 2**20 + b"&window=7d"
    assert shortened(query) == b"window=7d&cut=1"


def test_a_value_longer_than_any_name_is_left_out_and_its_beginning_is_said() -> None:
    long = "a" * 2_001
    view, left_out = link.parsed({"name": [long], "queue": ["queue-1", long], long: ["x"]})
    assert (view.job_text, view.ids) == ("", ("queue-1",))
    begun, much = "a" * 40, "which is longer than 2,000 characters"
    assert sorted((one.said, one.of_usage) for one in left_out) == [
        (f"name “{begun}…”, {much}", True),
        (f"queue “{begun}…”, {much}", True),
        (f"“{begun}…”, {much}", False),
    ]
    assert link.parsed({"name": [long[1:]]})[0].job_text == long[1:]
    assert link.parsed({"queue": [long]})[1][0].of_usage
