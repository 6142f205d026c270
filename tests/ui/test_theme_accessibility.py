"""The system's accessibility preferences: high contrast, and less motion."""

from dataclasses import replace
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from app.ui.format import SHOWN
from app.ui.table.model import FigureModel
from app.ui.theme import Mode, Scheme, Theme, load_colors, wants_contrast, wants_less_motion
from tests.ui.contrast import contrast
from tests.ui.table.stocks import COLUMNS, PRICE, stocks

MODES = (Mode.LIGHT, Mode.DARK)


class Motion(Enum):
    """As Qt 6.12 names them."""

    NoPreference = 0
    ReducedMotion = 1


def styles(**hints: Enum) -> Any:
    """Style hints of a system that reports only these preferences."""
    reported = SimpleNamespace(**{name: (lambda value=value: value) for name, value in hints.items()})
    return SimpleNamespace(accessibility=lambda: reported)


def test_high_contrast_and_less_motion_are_read_where_the_system_reports_them():
    assert wants_contrast(styles(contrastPreference=Qt.ContrastPreference.HighContrast))
    assert not wants_contrast(styles(contrastPreference=Qt.ContrastPreference.NoPreference))
    assert wants_less_motion(styles(motionPreference=Motion.ReducedMotion))
    assert not wants_less_motion(styles(motionPreference=Motion.NoPreference))


def test_a_qt_that_cannot_report_means_no_preference():
    assert not wants_less_motion(styles(contrastPreference=Qt.ContrastPreference.HighContrast))
    assert not wants_contrast(SimpleNamespace())
    assert not wants_less_motion(SimpleNamespace())


def test_the_hints_of_the_real_application_can_be_read(qapp):
    hints = QGuiApplication.styleHints()

    assert wants_contrast() is wants_contrast(hints)
    assert wants_less_motion() is wants_less_motion(hints)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("mode", MODES)
def test_high_contrast_makes_lines_and_quiet_words_stronger_and_leaves_the_rest(mode, scheme):
    usual, strong = (load_colors(mode, scheme, is_high_contrast=each) for each in (False, True))

    assert contrast(strong.line, strong.surface) >= 3 > contrast(usual.line, usual.surface)
    assert contrast(strong.lineStrong, strong.surface) >= 3
    for quiet in (strong.text3, strong.flat):
        assert contrast(quiet, strong.surface) >= 7
    changed = {"line", "lineStrong", "text3", "flat"}
    assert {name for name, value in usual._asdict().items() if getattr(strong, name) != value} == changed


def test_the_theme_follows_the_contrast_preference(qapp, monkeypatch):
    preferred = styles(contrastPreference=Qt.ContrastPreference.HighContrast)
    monkeypatch.setattr(QGuiApplication, "styleHints", staticmethod(lambda: preferred))

    assert Theme(Mode.LIGHT).colors == load_colors(Mode.LIGHT, is_high_contrast=True)


@pytest.mark.parametrize("motion", Motion)
def test_nothing_flashes_for_who_wants_less_motion(theme, clock, monkeypatch, motion):
    model = FigureModel(COLUMNS, theme, clock=clock.clock.monotonic, is_held=lambda: False)
    rows = stocks(5)
    model.show(rows, SHOWN)
    clock.advance(1)
    preferred = styles(motionPreference=motion)
    monkeypatch.setattr(QGuiApplication, "styleHints", staticmethod(lambda: preferred))

    model.update_rows({rows[0].key: replace(rows[0], price=Decimal(1))})

    assert (model.flash_sign(0, PRICE) == -1) is (motion is Motion.NoPreference)
