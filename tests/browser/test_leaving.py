"""A browser that is used again knows nothing of who used it before."""

from __future__ import annotations

import pytest

from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser

KEEPS = """() => {
  localStorage.setItem('kept', '1'); sessionStorage.setItem('kept', '1');
  document.cookie = 'kept=1; path=/; max-age=3600';
  setTimeout(() => { throw new Error('a complaint') });
}"""
KEPT = "() => [localStorage.length, sessionStorage.length]"


def test_a_browser_that_was_left_has_forgotten_all(visit):
    here = visit("data", WEEK)
    here.page.evaluate(KEEPS)
    here.page.wait_for_function("document.cookie.includes('kept')")
    here.page.evaluate("() => new Promise(done => setTimeout(done))")
    here.page.evaluate("() => alert('a dialog')")
    assert "a complaint" in "".join(here.complaints)
    assert here.dialogs
    assert here.requests
    assert min(here.page.evaluate(KEPT)) > 0
    here.leave()
    assert here.page.context.cookies() == []
    assert here.page.evaluate(KEPT) == [0, 0]
    assert (here.complaints, here.dialogs, here.requests) == ([], [], [])
