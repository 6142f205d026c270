"""화면: light or dark, the colours of gain and loss, the language."""

from decimal import Decimal

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.language import Language, tr
from app.services.preferences import Look, Mode, Scheme
from app.services.settings import Settings
from app.ui import format as text_of
from app.ui.dialogs.choices import Switch
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import SettingRow
from app.ui.theme import Theme, font, load_colors

_SAMPLES = (Decimal("2.31"), Decimal("-1.08"))  # no amounts: they would be dots under the mask


class LookPage(SettingsPage):
    """The table [look]."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Appearance"))
        self._is_showing = False
        self._theme_switch = Switch(
            theme, {Mode.SYSTEM: tr("System"), Mode.LIGHT: tr("Light"), Mode.DARK: tr("Dark")}
        )
        self._scheme = Switch(
            theme,
            {
                Scheme.RED_BLUE: tr("Red·blue"),
                Scheme.GREEN_RED: tr("Green·red"),
                Scheme.ORANGE_BLUE: tr("Orange·blue"),
            },
        )
        self._language = Switch(theme, {Language.KOREAN: "한국어", Language.ENGLISH: "English"})
        self._preview = _Preview(theme)
        colors = QWidget()
        column = QVBoxLayout(colors)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._scheme)
        column.addWidget(self._preview)
        self.add(SettingRow(theme, tr("Theme"), self._theme_switch, keywords="theme dark light 다크 라이트",
                            about=tr("'System' is light or dark as the system is.")))  # fmt: skip
        self.add(SettingRow(theme, tr("Gain and loss"), colors, keywords="color colour 색 상승 하락 색각",
                            about=tr("Orange and blue can be told apart by everybody.")))  # fmt: skip
        self.add(SettingRow(theme, tr("Language"), self._language, keywords="language english 언어 영어 한글",
                            about=tr("Names that the brokers send stay as they are.")))  # fmt: skip
        self.column.addStretch(1)
        for switch in (self._theme_switch, self._scheme, self._language):
            switch.chosen.connect(self._choose)

    def show_values(self, settings: Settings) -> None:
        """Show the look in force."""
        self._is_showing = True
        look = settings.look
        self._theme_switch.choose(look.theme)
        self._scheme.choose(look.colors)
        self._language.choose(look.language)
        self._preview.update()
        self._is_showing = False

    def _choose(self) -> None:
        if not self._is_showing:
            look = Look(
                Mode(self._theme_switch.value), Scheme(self._scheme.value), Language(self._language.value)
            )
            self.changed.emit(self.settings._replace(look=look))


class _Preview(QWidget):
    """A gain and a loss in the colours in force."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(28)
        self.setAccessibleName(tr("Preview of gain and loss"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as the choice above."""
        return QSize(228, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two figures with their marks on the colours of a flash."""
        del event
        mode = Mode.DARK if self._theme.is_dark else Mode.LIGHT
        colors = load_colors(mode, self._theme.scheme)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(13, QFont.Weight.DemiBold))
        width = (self.width() - 8) // 2
        for at, (value, ground) in enumerate(zip(_SAMPLES, (colors.upSoft, colors.downSoft), strict=True)):
            sign = 1 if value > 0 else -1
            place = QRect(at * (width + 8), 0, width, self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(place, 4, 4)
            painter.setPen(colors.of_sign(sign))
            text = f"{'▲' if sign > 0 else '▼'} {text_of.signed_percent(value)}"
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
