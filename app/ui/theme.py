"""Colours, fonts and icons; one Theme serves the whole window and emits a signal on changes."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetrics,
    QFontMetricsF,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
    QStaticText,
)
from PySide6.QtWidgets import QApplication

from app.resources import resource
from app.services.settings import Mode, Scheme

__all__ = [
    "BOLD",
    "MEDIUM",
    "REGULAR",
    "SEMIBOLD",
    "SHAPE",
    "Colors",
    "Mode",
    "Scheme",
    "Theme",
    "elided",
    "exact_metrics",
    "fitting",
    "follow_contrast",
    "font",
    "icon",
    "laid_out",
    "load_colors",
    "metrics",
    "shape_width",
    "text_width",
    "wants_contrast",
    "wants_less_motion",
]

FAMILY = "Pretendard"
REGULAR = QFont.Weight.Normal
MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
BOLD = QFont.Weight.Bold

# A text with all digits made equal: digits have equal widths, so that measuring one shape measures all.
SHAPE = str.maketrans("123456789", "000000000")

_TRACE = 0.2  # fraction of the hue that remains in an outdated slice
_FONT_FILES = ("Regular", "Medium", "SemiBold", "Bold")

_NONE = "NoPreference"


class Colors(NamedTuple):
    """The design tokens of one mode, by their names in tokens.json."""

    bg: QColor
    surface: QColor
    surface2: QColor
    hover: QColor
    selected: QColor
    line: QColor
    lineStrong: QColor
    control: QColor
    text: QColor
    text2: QColor
    text3: QColor
    disabled: QColor
    accent: QColor
    onAccent: QColor
    focus: QColor
    up: QColor
    upBar: QColor
    upSoft: QColor
    down: QColor
    downBar: QColor
    downSoft: QColor
    flat: QColor
    warn: QColor
    warnSoft: QColor
    warnLine: QColor
    danger: QColor
    dangerSoft: QColor
    bar: QColor
    track: QColor
    tooltip: QColor
    onTooltip: QColor
    green: QColor
    greenBar: QColor
    greenSoft: QColor
    cbUp: QColor
    cbUpBar: QColor
    cbUpSoft: QColor
    cbDown: QColor
    cbDownSoft: QColor
    cat: tuple[QColor, ...]
    catOther: QColor

    def of_sign(self, sign: int) -> QColor:
        """Return the text colour of a figure by its sign: 1 up, -1 down, 0 flat."""
        return self.up if sign > 0 else self.down if sign < 0 else self.flat

    def slice(self, index: int, *, is_stale: bool = False) -> QColor:
        """Return the colour of the slice with this rank by weight; from the eleventh on all share one.

        Outdated slices are greys with a trace of the hue, dark and light in turn.
        """
        color = self.cat[index] if 0 <= index < len(self.cat) else self.catOther
        if not is_stale:
            return color
        greys = (self.text2, self.catOther, self.text3)
        return mixed(greys[index % 3] if 0 <= index < len(self.cat) else self.control, color, _TRACE)


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return a colour between two; `share` is the fraction of the other, 0 to 1."""
    return QColor(
        round(one.red() + (other.red() - one.red()) * share),
        round(one.green() + (other.green() - one.green()) * share),
        round(one.blue() + (other.blue() - one.blue()) * share),
    )


def load_colors(mode: Mode, scheme: Scheme = Scheme.RED_BLUE, *, is_high_contrast: bool = False) -> Colors:
    """Return the tokens of light or dark mode, with gain and loss in the colours of a scheme.

    High contrast makes hairlines as strong as the borders of controls, and notes as strong as labels.
    """
    tokens = json.loads(resource("theme", "tokens.json").read_text("utf-8"))[mode.value]
    cat = tuple(QColor(value) for value in tokens.pop("cat"))
    colors = Colors(cat=cat, **{name: QColor(value) for name, value in tokens.items()})
    if is_high_contrast:
        line, quiet = colors.control, colors.text2
        colors = colors._replace(line=line, lineStrong=line, text3=quiet, flat=quiet)
    if scheme is Scheme.GREEN_RED:
        return colors._replace(
            up=colors.green,
            upBar=colors.greenBar,
            upSoft=colors.greenSoft,
            down=colors.up,
            downBar=colors.upBar,
            downSoft=colors.upSoft,
        )
    if scheme is Scheme.ORANGE_BLUE:
        return colors._replace(
            up=colors.cbUp,
            upBar=colors.cbUpBar,
            upSoft=colors.cbUpSoft,
            down=colors.cbDown,
            downSoft=colors.cbDownSoft,
        )
    return colors


class Theme(QObject):
    """The current colours; `changed` is emitted after `colors` and the palette were replaced."""

    changed = Signal()

    def __init__(self, mode: Mode = Mode.SYSTEM, scheme: Scheme = Scheme.RED_BLUE) -> None:
        super().__init__()
        self._mode = mode
        self._scheme = scheme
        self._colors = self._load()

    @property
    def colors(self) -> Colors:
        """Return the current colours."""
        return self._colors

    @property
    def is_dark(self) -> bool:
        """Return whether the dark colours are in use."""
        return self._effective() is Mode.DARK

    def install(self, application: QApplication) -> None:
        """Set the application's font, palette and style sheet, and follow the system's colour scheme."""
        load_fonts()
        application.setFont(font(13))
        self._apply(application)
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        follow_contrast(self._refresh)

    @property
    def mode(self) -> Mode:
        """Return the chosen mode."""
        return self._mode

    @property
    def scheme(self) -> Scheme:
        """Return the colours of gain and loss."""
        return self._scheme

    def use(self, mode: Mode, scheme: Scheme | None = None) -> None:
        """Switch to another mode, and to other colours of gain and loss."""
        colors = scheme or self._scheme
        if mode is not self._mode or colors is not self._scheme:
            self._mode = mode
            self._scheme = colors
            self._refresh()

    def toggle(self) -> None:
        """Switch between light and dark."""
        self.use(Mode.LIGHT if self.is_dark else Mode.DARK)

    def _system_changed(self) -> None:
        if self._mode is Mode.SYSTEM:
            self._refresh()

    def _refresh(self) -> None:
        self._colors = self._load()
        _icon.cache_clear()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            self._apply(application)
        self.changed.emit()

    def _load(self) -> Colors:
        return load_colors(self._effective(), self._scheme, is_high_contrast=wants_contrast())

    def _apply(self, application: QApplication) -> None:
        application.setPalette(palette_of(self._colors))
        application.setStyleSheet(sheet_of(self._colors))

    def _effective(self) -> Mode:
        if self._mode is not Mode.SYSTEM:
            return self._mode
        application = QApplication.instance()
        if isinstance(application, QApplication):
            dark = application.styleHints().colorScheme() is Qt.ColorScheme.Dark
            return Mode.DARK if dark else Mode.LIGHT
        return Mode.LIGHT


def palette_of(colors: Colors) -> QPalette:
    """Return the palette for Qt's own widgets."""
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, color in (
        (roles.Window, colors.bg),
        (roles.Base, colors.surface),
        (roles.Button, colors.surface),
        (roles.Light, colors.surface),
        (roles.AlternateBase, colors.surface2),
        (roles.Text, colors.text),
        (roles.WindowText, colors.text),
        (roles.ButtonText, colors.text),
        (roles.PlaceholderText, colors.text3),
        (roles.Highlight, colors.selected),
        (roles.HighlightedText, colors.text),
        (roles.Accent, colors.accent),
        (roles.Link, colors.accent),
        (roles.Midlight, colors.line),
        (roles.Mid, colors.lineStrong),
        (roles.Dark, colors.control),
        (roles.ToolTipBase, colors.tooltip),
        (roles.ToolTipText, colors.onTooltip),
    ):
        palette.setColor(role, color)
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, colors.disabled)
    return palette


def sheet_of(colors: Colors) -> str:
    """Return the application's style sheet: radii and paddings that a palette cannot express."""

    def css(color: QColor) -> str:
        return color.name()

    return f"""
    QToolTip {{ border: 0; padding: 6px 8px; background: {css(colors.tooltip)};
               color: {css(colors.onTooltip)}; }}
    QPushButton {{ border: 1px solid {css(colors.control)}; border-radius: 6px; padding: 5px 12px;
                  background: {css(colors.surface)}; color: {css(colors.text)}; }}
    QPushButton:hover {{ background: {css(colors.hover)}; }}
    QPushButton:focus {{ border: 2px solid {css(colors.focus)}; padding: 4px 11px; }}
    QPushButton:default {{ background: {css(colors.accent)}; color: {css(colors.onAccent)};
                          border-color: {css(colors.accent)}; }}
    QPushButton:checked {{ background: {css(colors.selected)}; color: {css(colors.accent)};
                          border-color: {css(colors.accent)}; }}
    QPushButton[danger="true"] {{ background: {css(colors.danger)}; color: {css(colors.onAccent)};
                                 border-color: {css(colors.danger)}; }}
    QPushButton:disabled {{ color: {css(colors.disabled)}; border-color: {css(colors.line)};
                           background: {css(colors.surface2)}; }}
    QLineEdit {{ border: 1px solid {css(colors.control)}; border-radius: 6px; padding: 0 9px;
                background: {css(colors.surface)}; color: {css(colors.text)};
                placeholder-text-color: {css(colors.text3)}; lineedit-password-character: 8226; }}
    QLineEdit:focus {{ border: 2px solid {css(colors.focus)}; padding: 0 8px; }}
    QLineEdit[invalid="true"] {{ border: 2px solid {css(colors.danger)}; padding: 0 8px; }}
    QLineEdit:disabled {{ border-color: {css(colors.line)}; color: {css(colors.disabled)};
                         background: {css(colors.surface2)}; }}
    QComboBox {{ border: 1px solid {css(colors.control)}; border-radius: 6px; padding: 0 9px;
                background: {css(colors.surface)}; color: {css(colors.text)}; }}
    QComboBox:focus {{ border: 2px solid {css(colors.focus)}; padding: 0 8px; }}
    QComboBox:disabled {{ border-color: {css(colors.line)}; color: {css(colors.disabled)};
                         background: {css(colors.surface2)}; }}
    QComboBox::drop-down {{ border: 0; width: 24px; }}
    QToolButton:checked {{ background: {css(colors.selected)}; border: 0; border-radius: 6px; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton:focus {{ border: 2px solid {css(colors.focus)}; border-radius: 6px; }}
    QMenu {{ background: {css(colors.surface)}; border: 1px solid {css(colors.lineStrong)}; padding: 4px; }}
    QMenu::item {{ padding: 6px 24px 6px 28px; border-radius: 4px; }}
    QMenu::separator {{ height: 1px; background: {css(colors.line)}; margin: 4px 0; }}
    QMenu::item:selected {{ background: {css(colors.hover)}; color: {css(colors.text)}; }}
    QScrollBar:vertical {{ width: 10px; background: transparent; margin: 2px; }}
    QScrollBar:horizontal {{ height: 10px; background: transparent; margin: 2px; }}
    QScrollBar::handle {{ background: {css(colors.lineStrong)}; border-radius: 3px;
                         min-height: 24px; min-width: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


@lru_cache(maxsize=1)
def load_fonts() -> None:
    """Register the bundled font; each file takes a few milliseconds."""
    for style in _FONT_FILES:
        QFontDatabase.addApplicationFont(str(resource("fonts", f"{FAMILY}-{style}.otf")))


@lru_cache(maxsize=64)
def font(pixels: int, weight: QFont.Weight = REGULAR) -> QFont:
    """Return the program's font in pixels, with tabular figures."""
    made = QFont(FAMILY)
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


@lru_cache(maxsize=64)
def metrics(pixels: int, weight: QFont.Weight = REGULAR) -> QFontMetrics:
    """Return the metrics of the program's font."""
    return QFontMetrics(font(pixels, weight))


def text_width(text: str, pixels: int, weight: QFont.Weight = REGULAR) -> int:
    """Return the width of a text in pixels."""
    return shape_width(text.translate(SHAPE), pixels, weight)


@lru_cache(maxsize=4096)
def shape_width(shape: str, pixels: int, weight: QFont.Weight) -> int:
    """Return the width in pixels of all texts with this shape."""
    return metrics(pixels, weight).horizontalAdvance(shape)


@lru_cache(maxsize=4096)
def laid_out(text: str, pixels: int, weight: QFont.Weight = REGULAR) -> QStaticText:
    """Return a text with its glyph positions, whose layout takes longer than painting."""
    made = QStaticText(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.prepare(font=font(pixels, weight))
    return made


@lru_cache(maxsize=64)
def exact_metrics(pixels: int, weight: QFont.Weight = REGULAR) -> QFontMetricsF:
    """Return the metrics of the program's font in fractions of pixels."""
    return QFontMetricsF(font(pixels, weight))


@lru_cache(maxsize=4096)
def elided(text: str, width: int, pixels: int, weight: QFont.Weight = REGULAR) -> str:
    """Return the text, elided if it is wider than `width` pixels, as `text_width` measures it."""
    if text_width(text, pixels, weight) <= width:
        return text  # Qt would cut it for a fraction of a pixel
    return metrics(pixels, weight).elidedText(text, Qt.TextElideMode.ElideRight, width)


def fitting(text: str, width: int, pixels: int, weight: QFont.Weight = REGULAR) -> str:
    """Return as many parts of a line as fit, without cutting any figure."""
    if text_width(text, pixels, weight) <= width:
        return text
    parts = text.split(" · ")
    for count in range(len(parts) - 1, 0, -1):
        shorter = " · ".join(parts[:count]) + " …"
        if text_width(shorter, pixels, weight) <= width:
            return shorter
    cut = elided(text, width, pixels, weight)
    return cut.removesuffix("…").rstrip("0123456789,.") + "…"


def icon(name: str, color: QColor, size: int = 20) -> QIcon:
    """Return a bundled icon in one colour, sharp at every scale factor."""
    return _icon(name, color.name(), size)


@lru_cache(maxsize=128)
def _icon(name: str, color: str, size: int) -> QIcon:
    made = QIcon()
    for ratio in (1.0, 1.25, 1.5, 1.75, 2.0, 3.0):
        made.addPixmap(_pixmap(name, color, size, ratio))
    return made


def _pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    # late: no icon is needed before the first window is built
    from PySide6.QtSvg import QSvgRenderer

    svg = resource("icons", f"{name}.svg").read_text("utf-8").replace("#000", color)
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def wants_contrast(styles: Any = None) -> bool:
    """Return whether high contrast is requested; False where the system or this Qt cannot report it.

    `styles` are the hints to read, by default those of the application.
    """
    return _preference("contrastPreference", styles) != _NONE


def wants_less_motion(styles: Any = None) -> bool:
    """Return whether reduced motion is requested; False where the system or this Qt has no such setting."""
    return _preference("motionPreference", styles) != _NONE


def follow_contrast(callback: Callable[[], object]) -> None:
    """Call `callback` whenever the contrast preference changes."""
    styles = QGuiApplication.styleHints()
    hints = styles.accessibility() if hasattr(styles, "accessibility") else None
    if hints is not None:
        hints.contrastPreferenceChanged.connect(callback)


def _preference(name: str, styles: Any) -> str:
    if styles is None:
        if QGuiApplication.instance() is None:
            return _NONE
        styles = QGuiApplication.styleHints()  # PySide deletes the hints together with it
    hints = styles.accessibility() if hasattr(styles, "accessibility") else None
    return getattr(hints, name)().name if hasattr(hints, name) else _NONE
