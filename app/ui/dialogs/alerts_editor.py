"""The list of the user's alerts, with a line to add one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from app.domain.alerts import Alert, Holding, Measure, measured
from app.domain.language import tr
from app.ui.controls.card import tint
from app.ui.controls.fields import FIELD_HEIGHT, Hint, Tone
from app.ui.controls.parts import text_button
from app.ui.format import UNKNOWN, Formatter
from app.ui.messages import limit_text, measure_name, value_text
from app.ui.plain import Label, set_tip
from app.ui.theme import Theme, font, icon

_LARGEST, _PLACES = Decimal(10) ** 12, 4

_PADDING, _ARROW = 10, 14


@dataclass(frozen=True, slots=True)
class Watchable:
    """A possible target of an alert: a holding, or with an empty `code` all holdings of a connection.

    `held` are all current holdings of the connection.
    """

    connection: str
    label: str
    code: str | None
    has_day: bool  # whether today's profit is known
    held: Sequence[Holding] = field(default=(), compare=False, repr=False)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return the measures that can be compared."""
        return tuple(
            measure
            for measure in Measure
            if not (measure.is_of_holdings_alone and self.code is None)
            and (measure is not Measure.PROFIT_TODAY or self.has_day)
        )

    @property
    def entries(self) -> int:
        """Return how many rows are watched together: a stock may be held in cash and on credit."""
        return sum(row.code == self.code for row in self.held)

    def value(self, measure: Measure) -> Decimal | None:
        """Return the current value of a measure, None when unknown."""
        return measured(Alert(self.connection, measure, Decimal(0), code=self.code), self.held)


def limit_of(typed: str) -> Decimal | None:
    """Return the number in a typed text, with or without separators and unit; None where there is none."""
    plain = typed.replace(",", "").replace("−", "-").strip().removesuffix("%").removesuffix(tr("won")).strip()
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= _LARGEST:
        return None
    exponent = value.as_tuple().exponent
    return value if isinstance(exponent, int) and -exponent <= _PLACES else None


class AlertsEditor(QWidget):
    """Adds and removes alerts; `alerts_changed` carries all of them after each change."""

    alerts_changed = Signal(object)

    def __init__(self, theme: Theme, formatter: Formatter) -> None:
        super().__init__()
        self._theme = theme
        self._watchables: Sequence[Watchable] = ()
        self._formatter = formatter
        self._alerts: tuple[Alert, ...] = ()
        self._lines: list[tuple[Alert, Label, QPushButton]] = []
        self._target, self._measure, self._side = PickList(theme), PickList(theme), PickList(theme)
        self._limit, self._unit, self._now = QLineEdit(), Label(), Label()
        self._confirmed: Alert | None = None  # already met: the next press adds it anyway
        self._add = text_button(tr("Add alert"))
        self._hint = Hint(theme)
        self._hint.keep_room()
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self._build()

    @property
    def is_changed(self) -> bool:
        """Return whether a limit was typed and no alert added."""
        return bool(self._limit.text().strip())

    @property
    def draft(self) -> tuple[int, int, int, str]:
        """Return the line for a new alert: the indices of target, measure and side, and the limit."""
        at = (self._target.currentIndex(), self._measure.currentIndex(), self._side.currentIndex())
        return *at, self._limit.text()

    @draft.setter
    def draft(self, draft: tuple[int, int, int, str]) -> None:
        for box, at in zip((self._target, self._measure, self._side), draft[:3], strict=True):
            box.setCurrentIndex(at)
        self._limit.setText(draft[3])

    def show_alerts(self, alerts: Sequence[Alert], watchables: Sequence[Watchable]) -> None:
        """Show these alerts, and offer these targets for new ones."""
        self._alerts = tuple(alerts)
        self.show_watchables(watchables)
        self._show_list()

    def show_masked(self, formatter: Formatter) -> None:
        """Apply the mask to limits and values."""
        self._formatter = formatter
        self._show_now()
        for each in self._lines:
            self._word(*each)

    def show_watchables(self, watchables: Sequence[Watchable]) -> None:
        """Offer these targets for new alerts, with their current values."""
        are_others = tuple(watchables) != tuple(self._watchables)
        self._watchables = tuple(watchables)
        if are_others:
            self._target.clear()
            self._target.addItems([each.label for each in self._watchables])
        self._add.setEnabled(bool(self._watchables))
        self._show_now()

    def begin(self, connection: str, code: str) -> None:
        """Select a holding for a new alert and focus the limit."""
        ids = [(each.connection, each.code) for each in self._watchables]
        if (connection, code) in ids:
            self._target.setCurrentIndex(ids.index((connection, code)))
            self._limit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        for box, name in (
            (self._target, tr("Holding")),
            (self._measure, tr("Item")),
            (self._side, tr("Condition")),
        ):
            box.setAccessibleName(name)
            box.setMinimumHeight(FIELD_HEIGHT)
        self._target.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._target.setMinimumContentsLength(8)
        self._side.addItems([tr("at or above"), tr("at or below")])
        self._limit.setAccessibleName(tr("Limit"))
        self._limit.setPlaceholderText(tr("Limit"))
        self._limit.setMinimumHeight(FIELD_HEIGHT)
        self._limit.setMinimumWidth(96)
        self._limit.returnPressed.connect(self._take)
        self._limit.textEdited.connect(self._forget_hint)
        self._side.currentIndexChanged.connect(self._forget_hint)
        self._measure.currentIndexChanged.connect(self._choose_measure)
        self._unit.setFont(font(13))
        self._now.setFont(font(12))
        self._theme.changed.connect(self._restyle)
        self._restyle()
        self._add.clicked.connect(self._take)
        self._target.currentIndexChanged.connect(self._offer_measures)
        line = QHBoxLayout()
        line.setSpacing(8)
        for widget, stretch in (
            (self._target, 3),
            (self._measure, 2),
            (self._limit, 2),
            (self._unit, 0),
            (self._side, 2),
            (self._add, 0),
        ):
            line.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addWidget(self._now)
        column.addWidget(self._hint)
        column.addLayout(self._list)
        column.addStretch(1)

    def _offer_measures(self, at: int) -> None:
        self._measure.clear()
        if 0 <= at < len(self._watchables):
            for measure in self._watchables[at].measures:
                self._measure.addItem(measure_name(measure), measure)

    def _chosen(self) -> tuple[Watchable, Measure] | None:
        """Return the target and the measure of the next alert."""
        at, measure = self._target.currentIndex(), self._measure.currentData()
        return (
            None
            if not 0 <= at < len(self._watchables) or measure is None
            else (self._watchables[at], Measure(measure))
        )

    def _choose_measure(self) -> None:
        self._forget_hint()
        self._show_now()

    def _show_now(self) -> None:
        """Show the unit of the limit and the current value of the measure."""
        chosen = self._chosen()
        if chosen is None:
            self._unit.setText("")
            self._now.setText("")
            return
        target, measure = chosen
        value = target.value(measure)
        self._unit.setText(tr("won") if measure.is_amount else "%")
        said = tr(
            "Now: {value}", value=UNKNOWN if value is None else value_text(measure, value, self._formatter)
        )
        if target.code is not None and target.entries > 1:
            said += tr(" · total of {count} entries in this account", count=target.entries)
        self._now.setText(said)

    def _forget_hint(self) -> None:
        self._confirmed = None
        self._hint.say(Tone.PLAIN, "")

    def _holds_already(self, target: Watchable, alert: Alert) -> bool:
        value = target.value(alert.measure)
        return value is not None and alert.is_passed_by(value)

    def _take(self) -> None:
        chosen = self._chosen()
        limit = limit_of(self._limit.text())
        if chosen is None:
            return
        if limit is None:
            self._hint.say(Tone.BAD, tr("Enter a number, for example 70,000 or -5."))
            self._limit.setFocus()
            return
        target, measure = chosen
        alert = Alert(target.connection, measure, limit, self._side.currentIndex() == 0, target.code)
        if alert in self._alerts:
            self._hint.say(Tone.BAD, tr("This alert already exists."))
            return
        if alert != self._confirmed and self._holds_already(target, alert):
            self._hint.say(
                Tone.WARNING,
                tr(
                    "The condition is already met. Select 'Add alert' again to add it anyway. You will be "
                    "alerted right away if the market is open."
                ),
            )
            self._confirmed = alert
            return
        self._forget_hint()
        self._limit.clear()
        self._change((*self._alerts, alert))

    def _drop(self, alert: Alert) -> None:
        self._target.setFocus()  # the button is removed, and Enter must not press the next one
        self._change(tuple(each for each in self._alerts if each != alert))

    def _change(self, alerts: tuple[Alert, ...]) -> None:
        self._alerts = alerts
        self._show_list()
        self.alerts_changed.emit(alerts)

    def _show_list(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it may be the button that was just pressed
                widget.deleteLater()
        self._lines = []
        for alert in self._alerts:
            self._list.addWidget(self._line(alert))
        if not self._alerts:
            self._list.addWidget(Label(tr("No alerts.")))

    def _line(self, alert: Alert) -> QWidget:
        label, remove = Label(), text_button(tr("Remove"))  # never the default button of the field
        self._lines.append((alert, label, remove))
        self._word(alert, label, remove)
        remove.clicked.connect(lambda: self._drop(alert))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label, 1)
        row.addWidget(remove)
        return line

    def _word(self, alert: Alert, label: Label, remove: QPushButton) -> None:
        text = f"{self._label(alert)} · {measure_name(alert.measure)} {limit_text(alert, self._formatter)}"
        label.setText(text)
        remove.setAccessibleName(tr("Remove alert: {alert}", alert=text))

    def _restyle(self) -> None:
        tint(self._unit, self._theme.colors.text2)
        tint(self._now, self._theme.colors.text2)

    def _label(self, alert: Alert) -> str:
        for each in self._watchables:
            if (each.connection, each.code) == (alert.connection, alert.code):
                return each.label
        return f"{alert.connection} {alert.code or ''}".strip()


class PickList(QComboBox):
    """A combo box with the program's arrow and a tooltip for elided text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.currentTextChanged.connect(self._update_tip)
        theme.changed.connect(self.update)

    def resizeEvent(self, e: QResizeEvent) -> None:
        """Update the tooltip, because the text may now be elided, or no longer."""
        super().resizeEvent(e)
        self._update_tip()

    def paintEvent(self, e: QPaintEvent) -> None:
        """Paint the frame of the style sheet, the text, and an arrow."""
        del e
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        colors = self._theme.colors
        painter.setPen(colors.text if self.isEnabled() else colors.disabled)
        painter.drawText(self._room(), int(Qt.AlignmentFlag.AlignVCenter), self._shown())
        place = QRect(self.width() - _PADDING - _ARROW, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
        icon("chev-down", colors.text2 if self.isEnabled() else colors.disabled, _ARROW).paint(painter, place)
        painter.end()

    def _room(self) -> QRect:
        return self.rect().adjusted(_PADDING, 0, -_PADDING - _ARROW - 4, 0)

    def _shown(self) -> str:
        width = self._room().width()
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, width)

    def _update_tip(self) -> None:
        set_tip(self, self.currentText() if self._shown() != self.currentText() else "")
