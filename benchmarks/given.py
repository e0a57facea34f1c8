"""The numbers of one of our pages, for a page that is written by hand."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_NOTHING = "empty"
_OF_A_BAR = ("x", "y", "name", "orientation", "customdata", "hovertemplate", "width", "offset")


def elements(messages: Iterable[ForwardMsg]) -> list[Any]:
    """What stands on the page in the end, the main part and then the sidebar, in order."""
    places: dict[tuple[int, ...], Any] = {}
    for message in messages:
        if message.WhichOneof("type") == "delta":
            path = tuple(message.metadata.delta_path)
            if message.delta.WhichOneof("type") == "new_element":
                for gone in [at for at in places if at[: len(path)] == path]:
                    del places[gone]
                places[path] = message.delta.new_element
            else:  # a container takes the place of an element, and keeps what is in it
                places.pop(path, None)
    shown = [places[path] for path in sorted(places)]
    return [one for one in shown if one.WhichOneof("type") != _NOTHING]


def kinds(shown: Iterable[Any]) -> Counter[str]:
    """How many there are of each kind of element."""
    return Counter(one.WhichOneof("type") for one in shown)


def write(shown: Sequence[Any], file: Path) -> None:
    """The page's numbers and words as JSON, so that a page by hand needs nothing but them."""
    of = {kind: [one for one in shown if one.WhichOneof("type") == kind] for kind in kinds(shown)}
    file.write_text(
        json.dumps(
            {
                "metrics": [_metric(one.metric) for one in of.get("metric", ())],
                "charts": [_chart(one.plotly_chart) for one in of.get("plotly_chart", ())],
                "tables": [_table(one.dataframe) for one in of.get("dataframe", ())],
                "words": [one.markdown.body for one in of.get("markdown", ())],
                "headings": [one.heading.body for one in of.get("heading", ())],
                "links": [_link(one.page_link) for one in of.get("page_link", ())],
                "code": [one.code.code_text for one in of.get("code", ())],
                "options": {
                    one.WhichOneof("type") + "/" + _widget(one).label: _options(_widget(one))
                    for one in shown
                    if hasattr(_widget(one), "options")
                },
            }
        ),
        "utf-8",
    )


def _widget(one: Any) -> Any:
    return getattr(one, one.WhichOneof("type"))


def _options(widget: Any) -> list[str]:
    return [getattr(option, "content", option) for option in widget.options]


def _metric(one: Any) -> dict[str, Any]:
    return {
        "label": one.label,
        "value": one.body,
        "delta": one.delta or None,
        "help": one.help or None,
        "line": list(one.chart_data) or None,
    }


def _chart(drawn: Any) -> dict[str, Any]:
    """The bars with their numbers, and the layout without our template."""
    spec = json.loads(drawn.spec)
    layout = spec["layout"]
    bars = [
        {
            "bar": {key: bar[key] for key in _OF_A_BAR if key in bar},
            "color": bar["marker"]["color"],
        }
        for bar in spec["data"]
    ]
    notes = [
        {key: note[key] for key in ("x", "y", "text")} for note in layout.get("annotations", ())
    ]
    return {
        "bars": bars,
        "height": layout["height"],
        "mode": layout.get("barmode"),
        "notes": notes,
        "alt": drawn.alt,
    }


def _table(one: Any) -> dict[str, str]:
    return {
        "rows": base64.b64encode(one.arrow_data.data).decode(),
        "columns": one.columns,
        "alt": one.alt,
    }


def _link(one: Any) -> dict[str, str]:
    return {"label": one.label, "page": one.page, "icon": one.icon, "query": one.query_string}
