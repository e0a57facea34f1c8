"""The one look of the product: two palettes and the Plotly template made from either.

The ten categorical colours start from the hues of the colour-blind-safe sets of Okabe and Ito
(2008, "Color Universal Design") and of Paul Tol ("Colour schemes", SRON, 2021). Lightness and
chroma were then searched for in OKLCH, once for each background, so that every colour keeps a
contrast of 3:1 against it and any two, the grey of Others included, stay at least 14 apart
(CIE 1976 ΔE) as seen with deuteranopia or protanopia (Machado, Oliveira, Fernandes 2009).
`.streamlit/config.toml` says the same colours to Streamlit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

FONT = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, "
    "'Noto Sans', 'Liberation Sans', sans-serif"
)
"""Fonts that systems bring along: nothing is fetched from the network."""


@dataclass(frozen=True)
class Palette:
    """Colours of one mode, as #rrggbb.

    `others` is the grey of what is left over, `missing` the neutral of usage without a key;
    `sequential` goes from nothing to most.
    """

    background: str
    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    others: str
    missing: str
    categorical: tuple[str, ...]
    sequential: tuple[str, ...]


LIGHT = Palette(
    background="#ffffff",
    surface="#f4f6f9",
    text="#1f2530",
    muted="#586172",
    grid="#e8ebf0",
    accent="#3459c0",
    others="#878e99",
    missing="#515a69",
    categorical=(
        *("#3459c0", "#c75808", "#087f4b", "#b068c7", "#d04050"),
        *("#087b96", "#849532", "#a03775", "#a1401a", "#7370f1"),
    ),
    sequential=(
        *("#eef2fb", "#c2d0f0", "#97afe4", "#6e8dd6", "#476bc8"),
        *("#3053b4", "#29469d", "#223a87", "#1b2e71", "#14235c"),
    ),
)

DARK = Palette(
    background="#14171c",
    surface="#1e232b",
    text="#e6e9ee",
    muted="#9aa4b2",
    grid="#272d36",
    accent="#4671da",
    others="#8b93a0",
    missing="#c3cad4",
    categorical=(
        *("#0a82c6", "#b66004", "#30c183", "#ae86ff", "#e35c55"),
        *("#1cade1", "#99ab01", "#c54d78", "#e79152", "#556ce7"),
    ),
    sequential=(
        *("#1c222d", "#212f48", "#263d64", "#2a4a82", "#2d58a0"),
        *("#3c6cb9", "#5685cb", "#719fdc", "#8db9ee", "#a9d3ff"),
    ),
)


def palette(dark: bool) -> Palette:
    """The colours of a mode."""
    return DARK if dark else LIGHT


@cache
def template(dark: bool) -> go.layout.Template:
    """The Plotly template of a mode. Draw with `st.plotly_chart(…, theme=None)` to keep it."""
    mode = palette(dark)
    axis = _axis(mode)
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": mode.text},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(mode.categorical),
            "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
            "xaxis": {**axis, "showgrid": False, "zeroline": False},
            "yaxis": {**axis, "zeroline": True, "rangemode": "tozero"},
            "hoverlabel": {
                "bgcolor": mode.surface,
                "bordercolor": mode.muted,
                "font": {"family": FONT, "size": 13, "color": mode.text},
                "align": "left",
                "namelength": -1,
            },
            "legend": {
                "orientation": "h",
                "x": 0,
                "xref": "container",
                "yref": "container",
                "y": 0,
                "yanchor": "bottom",
                "font": {"color": mode.text, "size": 12},
                "title": {"text": ""},
            },
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": mode.muted},
            "dragmode": False,
        }
    )


def _axis(mode: Palette) -> dict[str, object]:
    return {
        "gridcolor": mode.grid,
        "linecolor": mode.grid,
        "zerolinecolor": mode.grid,
        "tickfont": {"color": mode.muted, "size": 12},
        "title": {"font": {"color": mode.muted, "size": 12}},
        "ticks": "",
        "automargin": True,
        "fixedrange": True,
    }


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


PLOT_CONFIG: dict[str, object] = {"displayModeBar": False, "showTips": False, "locale": "en"}
"""For `st.plotly_chart(config=…)`: no toolbar over the drawing."""
