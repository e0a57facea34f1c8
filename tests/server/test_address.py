"""Which names are ours, and which origins are of the place that was called."""

from __future__ import annotations

import pytest

from server import address


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8501", "LOCALHOST:8501", "localhost.", "farm.localhost:80"),
        *("127.0.0.1", "127.0.0.1:8501", "127.9.9.9", "[::1]", "[::1]:8501", "[::ffff:127.0.0.1]"),
    ],
)
def test_a_loopback_name_is_ours_where_no_other_is_given(host):
    assert address.is_ours(host, ())
    assert not address.is_ours(host, ["costs.example.com"])


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example"),
        *("10.0.0.5", "0.0.0.0", "192.168.1.2:8501", "[fe80::1]", "[::]", "notlocalhost", "127.1"),
        *("", ":8501", "localhost:x", "localhost:8501:1", "user@localhost", "localhost/evil"),
        *("localhost evil.example", "localhost\tevil", "evil.example#localhost", "[localhost]"),
        *("localhost,evil.example", "::1", "evil.example\\localhost", "localhost?", "2130706433"),
    ],
)
def test_any_other_name_is_not(host):
    assert not address.is_ours(host, ())


@pytest.mark.parametrize(
    ("host", "names", "ours"),
    [
        ("costs.example.com", ["costs.example.com"], True),
        ("COSTS.example.com.:8443", [" Costs.Example.com "], True),
        ("costs.example.com.evil.example", ["costs.example.com"], False),
        ("a.example.com", ["*.example.com"], True),
        ("a.b.example.com", ["*.example.com"], True),
        ("example.com", ["*.example.com"], False),
        ("evilexample.com", ["*.example.com"], False),
        ("anything.example", ["*"], True),
        ("any thing", ["*"], False),
        ("b.example", ["a.example", "b.example"], True),
    ],
)
def test_names_that_are_given_are_ours_and_no_other(host, names, ours):
    assert address.is_ours(host, names) is ours


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8501", "localhost:8501"),
        ("https://localhost:8501", "localhost:8501"),
        ("https://costs.example.com", "costs.example.com"),
        ("https://costs.example.com", "costs.example.com:443"),
        ("http://costs.example.com:80", "costs.example.com"),
        ("https://Costs.Example.com", "costs.example.COM"),
        ("http://[::1]:8501", "[::1]:8501"),
    ],
)
def test_a_page_of_the_place_that_was_called_is_of_our_own(origin, host):
    assert address.is_same(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "http://", "file://", "about:blank", "localhost:8501", "//localhost:8501"),
        *("http://evil.example", "http://localhost", "https://localhost", "http://localhost:8502"),
        *("http://127.0.0.1:8501", "http://localhost:8501.evil.example", "ftp://localhost:8501"),
        *("http://localhost:8501@evil.example", "http://evil.example#localhost:8501"),
        *("http://localhost:8501/", "http://localhost:8501 http://evil.example"),
        *("chrome-extension://localhost:8501", "http://evil.example:8501", "http://a:99999999"),
    ],
)
def test_any_other_page_is_foreign(origin):
    assert not address.is_same(origin, "localhost:8501")


def test_origins_that_are_listed_are_compared_whole():
    listed = ["https://portal.example.com/", "http://tools.example.com:8080"]
    assert address.is_listed("https://portal.example.com", listed)
    assert address.is_listed("https://PORTAL.example.com:443", listed)
    assert address.is_listed("http://tools.example.com:8080", listed)
    assert not address.is_listed("http://portal.example.com", listed)
    assert not address.is_listed("http://tools.example.com", listed)
    assert not address.is_listed("null", [*listed, "null", "*"])
