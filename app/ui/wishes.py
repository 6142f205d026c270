"""What the user asks of every program in the settings of the system: contrast, and less motion."""

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication

_NONE = "NoPreference"


def wants_contrast(styles: Any = None) -> bool:
    """Whether high contrast is asked for; False where the system or this Qt cannot say.

    `styles` are the hints to read, by default those of the application.
    """
    return _preference("contrastPreference", styles) != _NONE


def wants_less_motion(styles: Any = None) -> bool:
    """Whether less motion is asked for; False where the system or this Qt (before 6.12) cannot say."""
    return _preference("motionPreference", styles) != _NONE


def follow_contrast(tell: Callable[[], object]) -> None:
    """Call `tell` whenever another contrast is asked for."""
    styles = QGuiApplication.styleHints()
    hints = styles.accessibility() if hasattr(styles, "accessibility") else None
    if hints is not None:
        hints.contrastPreferenceChanged.connect(tell)


def _preference(name: str, styles: Any) -> str:
    if styles is None:
        if QGuiApplication.instance() is None:
            return _NONE
        styles = QGuiApplication.styleHints()  # held while its hints are read: PySide forgets them with it
    hints = styles.accessibility() if hasattr(styles, "accessibility") else None
    return getattr(hints, name)().name if hasattr(hints, name) else _NONE
