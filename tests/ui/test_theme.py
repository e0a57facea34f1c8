"""Colours can be told apart and read, and Streamlit is told the same ones."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from streamlit import config

from ui.theme import DARK, FONT, LIGHT, Palette, contrast, palette, template

CONFIG = tomllib.loads(
    (Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
MODES = pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.072175],
        [0.0193339, 0.119192, 0.9503041],
    ]
)
D65 = np.array([0.95047, 1.0, 1.08883])
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""


def linear(colour):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def ratio(one, other):
    light, dark = sorted((float(linear(c) @ TO_XYZ[1]) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / D65
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def smallest_distance(colours, vision):
    seen = [lab(vision @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def test_contrast_is_21_between_black_and_white_and_1_to_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#3459c0", "#3459c0") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@MODES
def test_text_can_be_read_on_both_surfaces(mode: Palette):
    for ink in (mode.text, mode.muted):
        for ground in (mode.background, mode.surface):
            assert ratio(ink, ground) >= 4.5


@MODES
def test_every_colour_stands_out_from_the_background(mode: Palette):
    for colour in (*mode.categorical, mode.others, mode.missing, mode.accent):
        assert ratio(colour, mode.background) >= 3


@MODES
@pytest.mark.parametrize(
    "vision", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["usual", "deuteranopia", "protanopia"]
)
def test_ten_colours_and_others_stay_14_apart_for_the_colour_blind(mode: Palette, vision):
    assert len(set(mode.categorical)) >= 10
    assert smallest_distance([*mode.categorical, mode.others], vision) >= 13.95


@MODES
def test_a_stronger_value_is_further_from_the_background(mode: Palette):
    steps = [ratio(colour, mode.background) for colour in mode.sequential]
    assert steps == sorted(steps)


@pytest.mark.parametrize(("name", "mode"), [("light", LIGHT), ("dark", DARK)])
def test_streamlit_is_told_the_same_colours(name, mode: Palette):
    told = CONFIG["theme"][name]
    assert tuple(told["chartCategoricalColors"]) == mode.categorical
    assert tuple(told["chartSequentialColors"]) == mode.sequential
    assert told["backgroundColor"] == mode.background
    assert told["secondaryBackgroundColor"] == mode.surface
    assert told["textColor"] == mode.text
    assert told["primaryColor"] == mode.accent
    assert ratio("#ffffff", mode.accent) >= 4.5
    assert ratio(told["textColor"], told["sidebar"]["backgroundColor"]) >= 4.5
    assert ratio(told["linkColor"], mode.background) >= 4.5


def test_streamlit_keeps_its_protections_and_tells_no_stranger_anything():
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "viewer"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["server"]["enableCORS"] is True
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["server"]["headless"] is True


def test_fonts_are_the_systems_own_and_the_same_in_charts():
    assert CONFIG["theme"]["font"] == FONT
    assert "http" not in CONFIG["theme"]["font"]
    assert "fontFaces" not in CONFIG["theme"]


def test_streamlit_knows_every_option_that_is_set():
    known = set(config.get_config_options())
    for section, options in CONFIG.items():
        for name in flat(section, options):
            assert name in known, name


def flat(path, options):
    for key, value in options.items():
        if isinstance(value, dict):
            yield from flat(f"{path}.{key}", value)
        else:
            yield f"{path}.{key}"


@pytest.mark.parametrize("dark", [False, True])
def test_charts_are_drawn_on_the_page_itself(dark):
    layout = template(dark).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color == palette(dark).text
    assert layout.hoverlabel.font.color == palette(dark).text
    assert layout.hoverlabel.bgcolor == palette(dark).surface
    assert tuple(layout.colorway) == palette(dark).categorical
