"""What a stranger sends as the choice of a widget that never offered it is not taken."""

from __future__ import annotations

import pytest

from ui import widget


@pytest.mark.parametrize(
    ("sent", "found"), [("day", ["day"]), ("FORGED", []), (["day"], []), (None, []), ({}, [])]
)
def test_only_what_is_offered_is_taken(monkeypatch, sent, found):
    monkeypatch.setattr(widget.st, "session_state", {"w_stack": sent})
    taken: list[str] = []
    widget.taken("w_stack", ["day", "week"], taken.append)()
    assert taken == found
