"""Colours that are distinguishable from background and from each other, in both modes; fonts, icons."""

import json
from itertools import pairwise

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.resources import resource
from app.ui.theme import (
    REGULAR,
    SEMIBOLD,
    Colors,
    Mode,
    Scheme,
    Theme,
    elided,
    font,
    icon,
    load_colors,
    text_width,
)
from tests.ui.contrast import contrast

MODES = (Mode.LIGHT, Mode.DARK)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["surface", "bg", "selected", "hover", "surface2"])
@pytest.mark.parametrize("text", ["text", "text2", "text3", "flat", "accent", "up", "down", "cbUp", "cbDown"])
def test_text_can_be_read_on_every_ground(mode, ground, text):
    colors = load_colors(mode)

    assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("onAccent", "accent"),
        ("warn", "warnSoft"),
        ("danger", "dangerSoft"),
        ("danger", "surface"),
        ("text", "upSoft"),
        ("text", "downSoft"),
        ("text", "warnSoft"),
        ("onTooltip", "tooltip"),
    ],
)
def test_text_can_be_read_on_the_ground_that_is_made_for_it(mode, text, ground):
    colors = load_colors(mode)

    assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", ["upBar", "downBar", "cbUpBar", "focus", "control"])
def test_shapes_can_be_distinguished_from_the_card(mode, shape):
    colors = load_colors(mode)

    assert contrast(getattr(colors, shape), colors.surface) >= 3


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("mode", MODES)
def test_gain_and_loss_can_be_distinguished_in_every_scheme(mode, scheme):
    colors = load_colors(mode, scheme)

    for text in (colors.up, colors.down, colors.flat):
        for ground in (colors.surface, colors.bg, colors.selected, colors.hover, colors.surface2):
            assert contrast(text, ground) >= 4.5, (text.name(), ground.name())
    for bar in (colors.upBar, colors.downBar):
        assert contrast(bar, colors.surface) >= 3
    for ground in (colors.upSoft, colors.downSoft):
        assert contrast(colors.text, ground) >= 4.5
    assert len({colors.up.name(), colors.down.name(), colors.flat.name()}) == 3
    assert len({colors.upBar.name(), colors.downBar.name(), colors.catOther.name()}) == 3


@pytest.mark.parametrize("mode", MODES)
def test_slices_out_of_date_are_greys_that_can_be_distinguished_from_the_card_and_their_neighbours(mode):
    colors = load_colors(mode)
    greys = [colors.slice(rank, is_stale=True) for rank in range(11)]

    assert all(contrast(each, colors.surface) >= 3 for each in greys)
    assert all(contrast(one, other) >= 1.2 for one, other in pairwise(greys))
    assert len({each.name() for each in greys}) == 11
    for rank, grey in enumerate(greys):
        vivid = colors.slice(rank)
        assert max(grey.getRgb()[:3]) - min(grey.getRgb()[:3]) <= 48
        assert grey != vivid and vivid == colors.slice(rank, is_stale=False)


@pytest.mark.parametrize("mode", MODES)
def test_bars_of_weights_and_of_stale_figures_adorn_the_number_beside_them(mode):
    # Below 3:1 on purpose, so that they stay behind the figures: each stands beside its own number, in text
    # that can be read on every ground (above). What carries meaning alone is never painted with it.
    colors = load_colors(mode)

    assert 1.2 <= contrast(colors.bar, colors.surface) < 3
    assert contrast(colors.bar, colors.track) >= 1.2
    assert contrast(colors.text3, colors.surface) >= 4.5


@pytest.mark.parametrize("is_high_contrast", [False, True])
@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("mode", MODES)
def test_every_text_and_shape_has_its_contrast_in_every_look(mode, scheme, is_high_contrast):
    colors = load_colors(mode, scheme, is_high_contrast=is_high_contrast)
    texts = ("text", "text2", "text3", "flat", "accent", "up", "down", "warn", "danger")
    shapes = ("control", "focus", "accent", "upBar", "downBar", "danger", "warn")

    for text in texts:
        for ground in ("surface", "bg", "surface2", "hover", "selected"):
            assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5, (text, ground)
    for shape in shapes:
        for ground in ("surface", "bg"):
            assert contrast(getattr(colors, shape), getattr(colors, ground)) >= 3, (shape, ground)
    for text, ground in (("onAccent", "accent"), ("warn", "warnSoft"), ("danger", "dangerSoft")):
        assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5, (text, ground)


@pytest.mark.parametrize("mode", MODES)
def test_slices_can_be_distinguished_from_the_card(mode):
    colors = load_colors(mode)

    assert len(colors.cat) == 10
    assert all(contrast(each, colors.surface) >= 3 for each in (*colors.cat, colors.catOther))
    assert len({each.name() for each in (*colors.cat, colors.catOther)}) == 11


def seen_with(color: QColor, lack: str) -> tuple[float, float, float]:
    """A colour as somebody sees it who lacks one kind of cones (Viénot 1999), in CIELAB."""
    matrices = {
        "protan": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
        "deutan": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    }
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.getRgbF()[:3]
    ]
    red, green, blue = (
        max(0.0, sum(weight * part for weight, part in zip(row, parts, strict=True)))
        for row in matrices[lack]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lack", ["protan", "deutan"])
def test_neighbouring_slices_differ_also_without_red_or_green(mode, lack):
    colors = load_colors(mode)

    for one, other in pairwise((*colors.cat, colors.catOther)):
        gap = (
            sum((a - b) ** 2 for a, b in zip(seen_with(one, lack), seen_with(other, lack), strict=True))
            ** 0.5
        )
        assert gap >= 8, (one.name(), other.name(), gap)


@pytest.mark.parametrize("mode", MODES)
def test_colours_are_those_of_the_design(mode):
    tokens = json.loads(resource("theme", "tokens.json").read_text("utf-8"))[mode.value]
    colors = load_colors(mode)

    for name, value in tokens.items():
        found = getattr(colors, name)
        assert [each.name() for each in (found if name == "cat" else (found,))] == [
            each.lower() for each in (value if isinstance(value, list) else [value])
        ]


def test_a_sign_has_its_colour():
    colors = load_colors(Mode.LIGHT)

    assert [colors.of_sign(sign) for sign in (1, 0, -1)] == [colors.up, colors.flat, colors.down]
    assert [colors.slice(at) for at in (0, 9, 10, 99, -1)] == [
        colors.cat[0],
        colors.cat[9],
        colors.catOther,
        colors.catOther,
        colors.catOther,
    ]


def test_a_switch_replaces_colours_palette_and_sheet_before_it_is_emitted(theme: Theme, qapp: QApplication):
    reported: list[tuple[str, str, bool]] = []

    def note() -> None:
        window = qapp.palette().color(QPalette.ColorRole.Window)
        reported.append((theme.colors.bg.name(), window.name(), theme.is_dark))

    theme.changed.connect(note)
    light_sheet = qapp.styleSheet()
    theme.toggle()
    dark_sheet = qapp.styleSheet()
    theme.toggle()

    dark, light = load_colors(Mode.DARK).bg.name(), load_colors(Mode.LIGHT).bg.name()
    assert reported == [(dark, dark, True), (light, light, False)]
    assert dark in dark_sheet or load_colors(Mode.DARK).surface.name() in dark_sheet
    assert qapp.styleSheet() == light_sheet != dark_sheet


def test_the_bundled_font_is_used_and_its_figures_are_of_equal_width(theme: Theme):
    for weight in (QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold, QFont.Weight.Bold):
        face = font(13, weight)
        assert QFontInfo(face).family() == "Pretendard"
        assert QFontInfo(face).pixelSize() == 13
        widths = {round(QFontMetricsF(face).horizontalAdvance(digit * 20), 2) for digit in "0123456789"}
        assert len(widths) == 1


@pytest.mark.parametrize("pixels", (11, 12, 13, 14))
@pytest.mark.parametrize("weight", (REGULAR, SEMIBOLD))
def test_a_text_is_whole_in_the_width_that_it_is_said_to_need(theme: Theme, pixels, weight):
    texts = ("평가손익", "전일대비", "수익률", "P/L", "Weight", "1,234,567", "KODEX 국고채3년")

    assert [elided(each, text_width(each, pixels, weight), pixels, weight) for each in texts] == [*texts]
    assert elided("평가손익", text_width("평가손익", pixels, weight) - 1, pixels, weight).endswith("…")


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_every_icon_can_be_drawn_in_a_colour_at_every_scale(theme: Theme, ratio):
    names = [path.stem for path in resource("icons").glob("*.svg")]
    assert len(names) > 15
    for name in names:
        image = icon(name, QColor("#ff0000"), 20).pixmap(QSize(20, 20), ratio).toImage()
        assert image.width() == round(20 * ratio)
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        inks = {each.name() for each in pixels if each.alpha() == 255}
        assert inks == {"#ff0000"}, name


def test_the_systems_colour_scheme_is_followed_until_one_is_chosen(theme: Theme):
    followed = Theme(Mode.SYSTEM)
    hints = QGuiApplication.styleHints()

    assert followed.is_dark is (hints.colorScheme().name == "Dark")
    followed.use(Mode.DARK)
    assert followed.is_dark
    followed.use(Mode.LIGHT)
    assert not followed.is_dark
    assert isinstance(followed.colors, Colors)
