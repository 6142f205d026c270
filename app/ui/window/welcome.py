"""The page shown while no connection is set up."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.controls.card import Logo, tint
from app.ui.plain import Label
from app.ui.theme import Theme, font, icon


class WelcomePage(QWidget):
    """Offers to add a connection or to try the demo."""

    add_requested = Signal()
    demo_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        logo = Logo(theme, 44)
        title = Label(tr("Connect an account to see your holdings here"))
        title.setFont(font(22, QFont.Weight.Bold))
        self._note = Label(tr("You need an Open API app key from Korea Investment or Kiwoom."))
        self._note.setFont(font(13))
        self._add = QPushButton(tr("Add connection"))
        self._demo = QPushButton(tr("View demo"))
        self._add.setDefault(True)
        for button in (self._add, self._demo):
            button.setMinimumSize(QSize(254, 48))
            button.setFont(font(14, QFont.Weight.DemiBold))
        self._promise = Label(tr("Read-only — no orders   ·   Keys are stored only in the system keychain"))
        self._promise.setFont(font(12))
        self._add.clicked.connect(self.add_requested)
        self._demo.clicked.connect(self.demo_requested)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        buttons.addWidget(self._add)
        buttons.addWidget(self._demo)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(2)
        for widget in (logo, title, self._note):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addLayout(buttons)
        column.addWidget(self._promise, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._note, colors.text2)
        tint(self._promise, colors.text3)
        self._add.setIcon(icon("plus", colors.onAccent, 16))
        self._demo.setIcon(icon("play", colors.text2, 16))
