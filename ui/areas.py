"""Figures of areas: heat maps and treemaps. `ui.charts` offers them with the others.

A click on a tile looks into it and one on a cell does nothing: Plotly reports no `customdata` of
either, so they do not become filters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from ui.format import amount, plotly_text
from ui.look import (
    HOVER_NAME,
    TIGHT,
    Look,
    brief,
    exactly,
    figure,
    plotted,
    point,
    ticks_for,
    wrapped,
)
from ui.made_once import made_once
from ui.parts import Part, labels, largest_and_others, summed
from ui.text import key_name
from ui.theme import contrast, palette

_MOST_WITH_TEXT = 8
"""With more columns than this, cells are too narrow for figures and get a scale beside them."""


@dataclass(frozen=True)
class Side:
    """One side of a heat map: its key's column and, where it has one, the order of all keys.

    Without an order the `most` largest are shown, largest first. `label` is the column of names.
    """

    column: str
    order: tuple[str, ...] | None = None
    label: str | None = None
    most: int = 15


def heat_map(table: pd.DataFrame, value: str, rows: Side, columns: Side, look: Look) -> go.Figure:
    """A value by two keys, stronger for more; keys beyond a side's `most` are left out.

    A cell's `customdata` is its row's key and name, the exact value, its column's key and name.
    """
    return _cells(table, value, rows, columns, look.dark, more=look.more)


@made_once
def _cells(
    table: pd.DataFrame, value: str, rows: Side, columns: Side, dark: bool, *, more: bool
) -> go.Figure:
    across, down = _side(table, value, columns), _side(table, value, rows)
    sums = summed(table, value, [rows.column, columns.column]).to_dict()
    cells = [[float(sums.get((r, c), 0.0)) for c in across] for r in down]
    most = max((max(line, default=0.0) for line in cells), default=0.0)
    written = len(across) <= _MOST_WITH_TEXT
    scale = palette(dark).sequential
    height = (40 if written else 90) + 30 * max(len(down), 2)
    drawn = {
        "type": "heatmap",
        "z": [[plotted(cell, value) for cell in line] for line in cells],
        "zmin": 0,
        "zmax": plotted(most, value) or 1,
        "colorscale": [[i / (len(scale) - 1), colour] for i, colour in enumerate(scale)],
        "xgap": 2,
        "ygap": 2,
        "text": [[plotly_text(amount(c, value)) if c else "" for c in line] for line in cells],
        "texttemplate": "%{text}" if written else None,
        "showscale": not written,
        "colorbar": _scale_beside(value, plotted(most, value)),
        "customdata": _cell_data(cells, down, across, value, more=more),
        "hovertemplate": HOVER_NAME + "%{customdata[4]}<br>%{customdata[2]}<extra></extra>",
    }
    sides = _named_sides(list(down.values()), list(across.values()), dark)
    return figure(dark, drawn, height=height, margin=TIGHT, **sides)


def treemap(
    table: pd.DataFrame,
    value: str,
    outer_key: str,
    inner_key: str,
    look: Look,
    *,
    most: int = 9,
    most_inside: int = 12,
) -> go.Figure:
    """Areas for the outer key's largest and Others, divided by the inner key's.

    A tile's `customdata` is outer key, name, exact value, share, inner key.
    """
    outer = largest_and_others(table, value, outer_key, most)
    painted = look.painted(outer_key, outer)
    return _divided(table, value, outer_key, inner_key, outer, painted, most_inside)


@made_once
def _divided(
    table: pd.DataFrame,
    value: str,
    outer_key: str,
    inner_key: str,
    outer: tuple[Part, ...],
    look: Look,
    most_inside: int,
) -> go.Figure:
    whole = sum(part.value for part in outer)
    tiles: list[dict[str, Any]] = []
    for part, colour in zip(outer, look.of(outer_key, outer), strict=True):
        home = {"id": str(len(tiles)), "parent": "", "colour": colour}
        tiles.append(home | _tile(part, None, value, whole, more=look.more))
        inside = table[table[outer_key] == part.key]
        for inner in largest_and_others(inside, value, inner_key, most_inside):
            place = {"id": str(len(tiles)), "parent": home["id"], "colour": colour}
            tiles.append(place | _tile(part, inner, value, whole, more=look.more))
        if part.key is None:
            tiles[-1]["value"] = plotted(part.value, value)
    laid = _laid([tile for tile in tiles if tile["amount"] > 0], look.dark)
    fit = {"minsize": 10, "mode": "hide"}
    return figure(look.dark, laid, height=440, margin=TIGHT, uniformtext=fit)


def _side(table: pd.DataFrame, value: str, side: Side) -> dict[str, str]:
    """The keys of a side in order, with their names."""
    if side.order is not None:
        named = labels(table, side.column, side.label)
        return {key: named.get(key, key_name(side.column, key)) for key in side.order}
    parts = largest_and_others(table, value, side.column, side.most, label=side.label)
    return {part.key: part.label for part in parts if part.key is not None}


def _cell_data(
    cells: list[list[float]],
    down: dict[str, str],
    across: dict[str, str],
    value: str,
    *,
    more: bool,
) -> list[list[list[str]]]:
    return [
        [
            [row, wrapped(name), exactly(cell, value, more=more), column, wrapped(of)]
            for (column, of), cell in zip(across.items(), line, strict=True)
        ]
        for (row, name), line in zip(down.items(), cells, strict=True)
    ]


def _scale_beside(value: str, most: float) -> dict[str, Any]:
    return {
        "orientation": "h",
        "thickness": 8,
        "len": 0.6,
        "x": 1,
        "xanchor": "right",
        "y": 0,
        "yanchor": "top",
        "ypad": 8,
        "outlinewidth": 0,
        "nticks": 3,
        "tickangle": 0,
        "tickfont": {"size": 12},
        **ticks_for(value, most),
    }


def _named_sides(down: list[str], across: list[str], dark: bool) -> dict[str, Any]:
    colour = palette(dark).text
    return {
        "xaxis": {
            "tickvals": list(range(len(across))),
            "ticktext": [brief(name, 16) for name in across],
            "tickangle": 0 if len(across) <= _MOST_WITH_TEXT else -45,
            "side": "top",
            "tickfont": {"color": colour},
            "ticklabelstandoff": 4,
        },
        "yaxis": {
            "tickvals": list(range(len(down))),
            "ticktext": [brief(name, 18) for name in down],
            "range": [len(down) - 0.5, -0.5],
            "tickfont": {"color": colour},
            "ticklabelstandoff": 6,
            "showgrid": False,
            "zeroline": False,
        },
    }


def _tile(
    outer: Part, inner: Part | None, value: str, whole: float, *, more: bool
) -> dict[str, Any]:
    """A tile's label, size and customdata. Only innermost tiles have a size of their own."""
    part = inner or outer
    _, name, exact, of_whole = point(part, part.value, value, whole, more=more)
    return {
        "label": f"{brief(part.label, 28)}",
        "text": plotly_text(amount(part.value, value)),
        "value": plotted(part.value, value) if inner else 0.0,
        "amount": part.value,
        "data": [outer.key, name, exact, of_whole, inner.key if inner else None],
    }


def _laid(tiles: list[dict[str, Any]], dark: bool) -> dict[str, Any]:
    return {
        "type": "treemap",
        "ids": [tile["id"] for tile in tiles],
        "parents": [tile["parent"] for tile in tiles],
        "labels": [tile["label"] for tile in tiles],
        "values": [tile["value"] for tile in tiles],
        "text": [tile["text"] for tile in tiles],
        "customdata": [tile["data"] for tile in tiles],
        "branchvalues": "remainder",
        "texttemplate": "%{label}<br>%{text}",
        "hovertemplate": HOVER_NAME + "%{customdata[2]}%{customdata[3]}<extra></extra>",
        "textfont": {"color": [_ink(tile["colour"]) for tile in tiles], "size": 12},
        "marker": {
            "colors": [tile["colour"] for tile in tiles],
            "line": {"width": 1, "color": palette(dark).background},
            "cornerradius": 3,
        },
        "root": {"color": "rgba(0,0,0,0)"},
        "tiling": {"pad": 2},
        "pathbar": {"visible": False},
    }


def _ink(colour: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    return max("#ffffff", "#0b0d11", key=lambda ink: contrast(ink, colour))
