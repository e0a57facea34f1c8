"""A server whose first request is a deep link runs the whole app."""

from __future__ import annotations

import pytest

from tests.browser.serving import pointing_at, server
from tests.browser.visiting import LINKS, TITLES
from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser


def test_the_first_request_may_be_for_a_page_below(visit, service, tmp_path):
    with server(tmp_path, **pointing_at(service.url)) as url:
        here = visit("jobs", WEEK, url=url)
        assert here.page.locator(LINKS).count() == len(TITLES)
        assert here.page.locator("[data-testid=stSidebar] [data-testid=stSelectbox]").count() == 3
        assert here.tile("Cost") == "$635"
        assert here.page.url.startswith(f"{url}/jobs?")
        assert here.page.get_by_role("dialog").count() == 0
        here.leave()
