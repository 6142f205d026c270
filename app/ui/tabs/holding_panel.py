"""The panel beside a table: the key figures of the selected row, and every field of the broker's."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QTextCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.clock import KST
from app.domain.holdings import Fact
from app.domain.language import tr
from app.services.layout import LONGEST_MEMO
from app.ui import format as text_of
from app.ui.controls.card import PADDING, Card, ElidedLabel, tint
from app.ui.controls.parts import Line, text_button
from app.ui.controls.switches import ChoiceSwitch
from app.ui.format import Formatter, sign_of
from app.ui.layout import LayoutState
from app.ui.plain import Label, say, set_tip
from app.ui.table.table import FigureTable
from app.ui.tabs.facts import FieldsPage
from app.ui.tabs.kpi import spoken
from app.ui.tabs.spec import (
    Around,
    Content,
    Held,
    OtherHolding,
    PanelFigure,
    PanelSection,
    RowPanel,
    RowSheet,
)
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, elided, font, icon, text_width

_SUMMARY, _FIELDS = "summary", "fields"
_LINE, _NOTED_LINE, _NOTE = 26, 42, 16  # heights in pixels of a line, of one with a note, and of the note
_PRICE_HEIGHT = 56
_MEMO_HEIGHT = 72
_LEAST_LABEL = 72
_RING = 6  # pixels around the scrolled content for the focus ring


class _Seen(NamedTuple):
    """A row with the content it is in; `about` is the source and the time."""

    key: Hashable
    row: Any
    content: Content
    about: str


class SidePlace(QStackedWidget):
    """The right column of a tab: its charts, or the panel with the selected row in their place."""

    row_shown = Signal()  # the panel was opened, or shows another row
    holding_asked = Signal(object, object)  # the id of a tab, and the key of a row there
    alert_asked = Signal(str)  # the code of a holding

    def __init__(
        self,
        charts: QWidget,
        table: FigureTable,
        row_panel: RowPanel | None,
        theme: Theme,
        layout_state: LayoutState,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._charts = charts
        self._table = table
        self._row_panel = row_panel
        self._theme = theme
        self._layout_state = layout_state
        self._panel: HoldingPanel | None = None  # built when it is first opened
        self._key: Hashable = None
        self._content: Content | None = None
        self._last: _Seen | None = None
        self._around = Around()
        self._about = ""
        self._is_stale = False
        self._now: datetime | None = None
        self.addWidget(charts)
        table.row_opened.connect(self.open)
        table.row_selected.connect(self._follow)

    @property
    def key(self) -> Hashable:
        """Return the key of the row in the panel; None while it is closed."""
        return self._key

    @property
    def held(self) -> Held | None:
        """Return the holding in the panel; None while the panel is closed or its row is gone."""
        row = self._row(self._key)
        return None if row is None or self._row_panel is None else self._row_panel.held(row)

    def open(self, key: Hashable) -> None:
        """Show a row in the panel; do nothing for a group, and where rows have no panel."""
        if self._row_panel is None or self._row(key) is None:
            return
        is_new = self._key is None
        if self._panel is None:
            self._panel = self._made()
        self.setCurrentWidget(self._panel)
        self._turn_to(key)
        if is_new:
            say(self._panel, self._panel.accessibleName())

    @property
    def page(self) -> str:
        """Return the panel's page; empty until the panel is first opened."""
        return "" if self._panel is None else self._panel.pages.choice

    def turn_to_page(self, page: str) -> None:
        """Turn the panel to a page; unknown ones are ignored."""
        if self._panel is not None:
            self._panel.pages.choose(page)

    def close_panel(self) -> None:
        """Show the charts again, and focus the table."""
        if self._key is not None:
            self._key = None
            self.setCurrentWidget(self._charts)
            self._table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_content(self, content: Content, about: str) -> None:
        """Update the rows; `about` states their source and time."""
        is_as_before = self._content is not None and self._content.formatter == content.formatter
        self._content, self._about = content, about
        if not is_as_before:
            self._show_memo()
        self._show()

    def show_around(self, around: Around) -> None:
        """Update the data from other tabs."""
        self._around = around
        self._show()

    def show_clock(self, now: datetime) -> None:
        """Show the time of the figures; for outdated ones also their age."""
        self._now, content = now, self._content
        if self._key is None or self._panel is None or content is None:
            return
        time = tr("as of {time}", time=text_of.moment(content.fetched_at, now.astimezone(KST).date()))
        if self._is_stale:
            seconds = max(0.0, (now - content.fetched_at).total_seconds())
            time = tr("{time} · {age}", time=time, age=text_of.age(seconds))
        self._panel.show_time(time)

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as outdated, or as current again."""
        if is_stale is not self._is_stale:
            self._is_stale = is_stale
            self._show()

    def _made(self) -> "HoldingPanel":
        assert self._row_panel is not None
        panel = HoldingPanel(self._theme, self, has_alerts=self._row_panel.has_alerts)
        panel.closed.connect(self.close_panel)
        panel.holding_asked.connect(self.holding_asked)
        panel.alert_asked.connect(self.alert_asked)
        panel.memo_changed.connect(self._layout_state.keep_memo)
        panel.page_chosen.connect(self._show)
        self._layout_state.changed.connect(self._show_memo)
        self.addWidget(panel)
        return panel

    def _follow(self, key: Hashable) -> None:
        """Switch to the newly selected row; a group or several rows leave the panel as it is."""
        if self._key is not None and key != self._key and self._row(key) is not None:
            self._turn_to(key)

    def _turn_to(self, key: Hashable) -> None:
        self._key = key
        self._around = replace(self._around, others=())
        self._show_memo()
        self._show()
        if self._now is not None:
            self.show_clock(self._now)
        self.row_shown.emit()

    def _row(self, key: Hashable) -> Any:
        rows = () if key is None or self._content is None else self._content.rows
        return next((row for row in rows if row.key == key), None)

    def _show(self) -> None:
        panel, content, row_panel = self._panel, self._content, self._row_panel
        if self._key is None or panel is None or content is None or row_panel is None:
            return
        seen = self._seen()
        if seen is None:
            return
        sheet = row_panel.sheet(seen.row, seen.content, self._around)
        panel.show_sheet(sheet, is_stale=self._is_stale, is_gone=seen.content is not content)
        panel.show_others(self._around.others, content.formatter)
        panel.show_fields(seen.about, seen.row.facts, content.formatter)

    def _show_memo(self) -> None:
        content, seen = self._content, self._seen()
        if self._panel is not None and content is not None and seen is not None and self._row_panel:
            code = self._row_panel.held(seen.row).code or ""
            memo = self._layout_state.memo(code)
            self._panel.show_memo(code, memo, is_masked=content.formatter.is_masked)

    def _seen(self) -> _Seen | None:
        """Return the panel's row; a sold one as it was last in the list, masked like all others."""
        content, row, last = self._content, self._row(self._key), self._last
        if content is not None and row is not None:
            self._last = _Seen(self._key, row, content, self._about)
            return self._last
        if content is None or last is None or last.key != self._key:
            return None
        return last._replace(content=replace(last.content, formatter=content.formatter))


class HoldingPanel(Card):
    """The panel itself, without access to other tabs; requests are signals."""

    closed = Signal()
    page_chosen = Signal()
    holding_asked = Signal(object, object)  # the id of a tab, and the key of a row there
    alert_asked = Signal(str)  # a code
    memo_changed = Signal(str, str)  # a code, and the memo

    def __init__(self, theme: Theme, parent: QWidget, *, has_alerts: bool) -> None:
        super().__init__(theme, parent)
        self._code = self._answered = ""
        self._sheet: RowSheet | None = None
        self._is_stale = self._is_gone = False
        self._name, self._code_label, self._time = ElidedLabel(), Label(parent=self), ElidedLabel()
        self._tag = Label(parent=self)
        self._close = QToolButton(self)
        self._has_alerts = has_alerts
        self._alert = text_button(tr("Add alert…"))
        self.pages = ChoiceSwitch(
            theme, tr("Details page"), {_SUMMARY: tr("Summary"), _FIELDS: tr("All fields")}
        )
        self._stack = QStackedWidget(self)
        self._summary = _Summary(theme, self)
        self._fields = FieldsPage(theme, self)
        self._build()
        self._close.clicked.connect(self.closed)
        self.pages.chosen.connect(self._choose)
        self._summary.other_chosen.connect(self.holding_asked)
        self._alert.clicked.connect(lambda: self.alert_asked.emit(self._code))
        self._summary.memo.edited.connect(self._keep_memo)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _build(self) -> None:
        self._name.setFont(font(15, SEMIBOLD))
        for label in (self._code_label, self._time, self._tag):
            label.setFont(font(12))
        self._tag.setFont(font(12, SEMIBOLD))
        self._close.setAutoRaise(True)
        self._close.setMinimumSize(QSize(28, 28))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.setAccessibleName(tr("Close details"))
        set_tip(self._close, f"{tr('Close')} (Esc)")
        top = QHBoxLayout()
        top.setContentsMargins(_RING, 0, 0, 0)
        top.setSpacing(8)
        top.addWidget(self._name, 1)
        top.addWidget(self._close)
        under = QHBoxLayout()
        under.setContentsMargins(_RING, 0, 0, 0)
        under.setSpacing(8)
        under.addWidget(self._code_label)
        under.addWidget(self._tag)
        under.addWidget(self._time, 1)
        choice = QHBoxLayout()
        choice.setContentsMargins(_RING, 0, 4, 0)
        choice.addWidget(self.pages)
        choice.addStretch(1)
        choice.addWidget(self._alert)
        for page in (self._summary, self._fields):
            self._stack.addWidget(page)
        inner = QVBoxLayout()
        inner.setContentsMargins(PADDING - _RING, 8, PADDING - 4, 12)
        inner.setSpacing(6)
        inner.addLayout(top)
        inner.addLayout(under)
        inner.addSpacing(2)
        inner.addLayout(choice)
        inner.addWidget(self._stack, 1)
        self.body.addLayout(inner)

    def show_sheet(self, sheet: RowSheet, *, is_stale: bool, is_gone: bool) -> None:
        """Show a row's figures; unchanged ones are not repainted.

        The last figures of a row that is no longer in the list have no colour, and a note says so.
        """
        self._is_gone = is_gone
        self._is_stale = is_stale
        if sheet != self._sheet:
            self._sheet = sheet
            self._name.setText(sheet.name)
            self._code_label.setText(sheet.code)
            self._code_label.setVisible(bool(sheet.code))
            self._tag.setText(sheet.tag)
            self._tag.setVisible(bool(sheet.tag))
            self.setAccessibleName(tr("Details: {name}", name=sheet.name))
        self._summary.show_sheet(sheet, is_old=is_stale or is_gone)
        self._show_time()

    def show_others(self, others: Sequence[OtherHolding], formatter: Formatter) -> None:
        """List the other holdings of the same security."""
        self._summary.show_others(others, formatter, is_old=self._is_stale)

    def show_fields(self, about: str, facts: Sequence[Fact], formatter: Formatter) -> None:
        """Show the broker's fields, if their page is in front."""
        if self._stack.currentWidget() is self._fields:
            self._fields.show_fields(about, facts, formatter)

    def show_memo(self, code: str, text: str, *, is_masked: bool) -> None:
        """Show the user's memo on the holding with this code; a row without a code has none."""
        is_other = code != self._code
        self._code = code
        self._summary.memo.show_memo(text, is_other=is_other, is_masked=is_masked)
        self._summary.memo.setVisible(bool(code))
        self._alert.setVisible(bool(code) and self._has_alerts)

    def show_time(self, time: str) -> None:
        """Show the time of the response, where the price has none of its own or is outdated."""
        self._answered = time
        self._show_time()

    def _show_time(self) -> None:
        own = "" if self._sheet is None or self._is_stale else self._sheet.as_of
        self._time.setText(tr("No longer in the list") if self._is_gone else own or self._answered)

    def _keep_memo(self, text: str) -> None:
        self.memo_changed.emit(self._code, text)

    def _choose(self, page: str) -> None:
        self._stack.setCurrentWidget(self._fields if page == _FIELDS else self._summary)
        self.page_chosen.emit()

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._name, colors.text)
        tint(self._tag, colors.text2)
        for label in (self._code_label, self._time):
            tint(label, colors.text3)
        self._close.setIcon(icon("close", colors.text2, 16))


class _Summary(QScrollArea):
    """The first page: price, figures, other holdings of the same security, and the memo."""

    other_chosen = Signal(object, object)  # the id of a tab, and the key of a row there

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sections: list[_Section] = []
        self._others: list[_OtherButton] = []
        content = QWidget(self)
        self._price = _Price(theme, content)
        self._figures = QVBoxLayout()
        self._figures.setSpacing(0)
        self._elsewhere = QWidget(content)
        self._heading = Label(tr("Same security in other accounts"), self._elsewhere)
        self._heading.setFont(font(12, SEMIBOLD))
        self._list = QVBoxLayout(self._elsewhere)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(2)
        self._list.addWidget(Line(theme))
        self._list.addWidget(self._heading)
        self._elsewhere.hide()
        self.memo = _Memo(theme, content)
        column = QVBoxLayout(content)
        column.setContentsMargins(_RING, 2, _RING, 4)
        column.setSpacing(8)
        column.addWidget(self._price)
        column.addLayout(self._figures)
        column.addWidget(self._elsewhere)
        column.addWidget(self.memo)
        column.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Summary"))
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_sheet(self, sheet: RowSheet, *, is_old: bool) -> None:
        """Show these figures."""
        self._price.show_price(sheet, is_old=is_old)
        while len(self._sections) > len(sheet.sections):
            gone = self._sections.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._sections) < len(sheet.sections):
            made = _Section(self._theme, self.widget())
            self._sections.append(made)
            self._figures.addWidget(made)
        for section, shown in zip(self._sections, sheet.sections, strict=True):
            section.show_section(shown, is_old=is_old)

    def show_others(self, others: Sequence[OtherHolding], formatter: Formatter, *, is_old: bool) -> None:
        """List these holdings; a row keeps its button, and so the focus."""
        while len(self._others) > len(others):
            gone = self._others.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._others) < len(others):
            made = _OtherButton(self._theme, self._elsewhere)
            made.chosen.connect(self.other_chosen)
            self._others.append(made)
            self._list.addWidget(made)
        for button, other in zip(self._others, others, strict=True):
            button.show_other(other, formatter, is_old=is_old or other.is_old)
        self._elsewhere.setVisible(bool(others))

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        """Paint a focus ring around the figures while the arrow keys scroll them."""
        super().paintEvent(arg__1)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colors.focus, 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 6, 6)
            painter.end()

    def _restyle(self) -> None:
        tint(self._heading, self._theme.colors.text2)


class _Price(QWidget):
    """The price with its change."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[str, str, int, str, bool] = ("", "", 0, "", False)
        self.setFixedHeight(_PRICE_HEIGHT)
        self.hide()
        theme.changed.connect(self.update)

    def show_price(self, sheet: RowSheet, *, is_old: bool) -> None:
        """Show a sheet's price; nothing where it has none."""
        shown = (sheet.price, sheet.lead, sheet.lead_sign, sheet.note, is_old)
        if shown != self._shown:
            self._shown = shown
            self.setVisible(bool(sheet.price))
            self.setAccessibleName(spoken(f"{tr('Price')} {sheet.price} {sheet.lead} {sheet.note}"))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the price, and below it the change and its reference."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        price, lead, sign, note, is_old = self._shown
        color = colors.text3 if is_old else colors.of_sign(sign) if lead else colors.text
        _words(painter, QRect(0, 2, self.width(), 30), price, (22, SEMIBOLD), color)
        line = QRect(0, 34, self.width(), 18)
        if lead:
            _words(painter, line, lead, (13, MEDIUM), color)
            line.setLeft(text_width(lead, 13, MEDIUM) + 8)
        _words(painter, line, elided(note, max(0, line.width()), 12, REGULAR), (12, REGULAR), colors.text3)
        painter.end()


class _Section(QWidget):
    """Figures in a column, below a hairline and an optional title."""

    def __init__(self, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: list[_FigureLine] = []
        self._title = Label(parent=self)
        self._title.setFont(font(12, SEMIBOLD))
        self._title.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(0)
        self._column.addWidget(Line(theme))
        self._column.addSpacing(5)
        self._column.addWidget(self._title)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_section(self, section: PanelSection, *, is_old: bool) -> None:
        """Show these figures."""
        if section.title != self._title.text():
            self._title.setText(section.title)
            self._title.setVisible(bool(section.title))
        while len(self._lines) > len(section.figures):
            gone = self._lines.pop()
            gone.hide()
            gone.deleteLater()
        while len(self._lines) < len(section.figures):
            made = _FigureLine(self._theme, self)
            self._lines.append(made)
            self._column.addWidget(made)
        for line, figure in zip(self._lines, section.figures, strict=True):
            line.show_figure(figure, is_old=is_old)

    def _restyle(self) -> None:
        tint(self._title, self._theme.colors.text2)


class _FigureLine(QWidget):
    """A label with its figure, and a note under it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[PanelFigure, bool] = (PanelFigure("", ""), False)
        self.setFixedHeight(_LINE)
        theme.changed.connect(self.update)

    def show_figure(self, figure: PanelFigure, *, is_old: bool) -> None:
        """Show a figure; an unchanged one is not repainted."""
        before, self._shown = self._shown, (figure, is_old)
        if before == self._shown:
            return
        if figure.tip != before[0].tip:
            set_tip(self, figure.tip)
            self.setAccessibleDescription(figure.tip)
        if bool(figure.note) is not bool(before[0].note):
            self.setFixedHeight(_NOTED_LINE if figure.note else _LINE)
        self.setAccessibleName(spoken(f"{figure.label} {figure.text} {figure.note}"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the label at the left, the figure at the right, and the note below."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        figure, is_old = self._shown
        is_unknown = figure.text == text_of.UNKNOWN
        color = colors.text3 if is_old or is_unknown else colors.text
        if figure.sign is not None and not is_old and not is_unknown and figure.text != text_of.MASK:
            color = colors.of_sign(figure.sign)
        line = QRect(0, 0, self.width(), _LINE)
        room = max(_LEAST_LABEL, self.width() - text_width(figure.text, 13, SEMIBOLD) - 8)
        _words(painter, line, elided(figure.label, room, 12, REGULAR), (12, REGULAR), colors.text2)
        _words(painter, line, figure.text, (13, SEMIBOLD), color, is_right=True)
        if figure.note:
            note = QRect(0, _LINE - 4, self.width(), _NOTE)
            shown = elided(figure.note, self.width(), 12, REGULAR)
            _words(painter, note, shown, (12, REGULAR), colors.text3, is_right=True)
        painter.end()


class _OtherButton(QAbstractButton):
    """Another holding of the same security: its account, quantity and profit; a click opens it."""

    chosen = Signal(object, object)  # the id of a tab, and the key of a row there

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._other: OtherHolding | None = None
        self._shown: tuple[str, str, str, int, bool] = ("", "", "", 0, False)
        self.setFixedHeight(44)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._choose)
        theme.changed.connect(self.update)

    def show_other(self, other: OtherHolding, formatter: Formatter, *, is_old: bool) -> None:
        """Show a holding."""
        self._other, held = other, other.held
        quantity = tr("Qty {quantity}", quantity=formatter.quantity(held.quantity))
        profit = formatter.signed_amount(held.profit)
        name = " · ".join(part for part in (other.label, held.tag) if part)
        shown = (name, quantity, profit, sign_of(held.profit), is_old)
        if shown != self._shown:
            self._shown = shown
            self.setAccessibleName(spoken(f"{name} {quantity} {tr('P/L')} {profit}"))
            self.update()

    def keyPressEvent(self, e: QKeyEvent) -> None:
        """Treat Enter like a click."""
        if e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(e)

    def _choose(self) -> None:
        if self._other is not None:
            self.chosen.emit(self._other.tab, self._other.key)

    def sizeHint(self) -> QSize:
        """Return a size that fills the width."""
        return QSize(120, 44)

    def paintEvent(self, e: QPaintEvent) -> None:
        """Paint the account's name above quantity and profit."""
        del e
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(colors.focus if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 6, 6)
        name, quantity, profit, sign, is_old = self._shown
        inner = self.rect().adjusted(6, 3, -24, -3)
        upper, lower = QRect(inner), QRect(inner)
        upper.setHeight(19)
        lower.setTop(upper.bottom() + 1)
        _words(painter, upper, elided(name, inner.width(), 13, MEDIUM), (13, MEDIUM), colors.text)
        _words(painter, lower, quantity, (12, REGULAR), colors.text3 if is_old else colors.text2)
        color = colors.text3 if is_old or profit == text_of.UNKNOWN else colors.text
        if not is_old and profit not in (text_of.UNKNOWN, text_of.MASK):
            color = colors.of_sign(sign)
        _words(painter, lower, profit, (12, SEMIBOLD), color, is_right=True)
        mark = QRect(QPoint(self.width() - 20, (self.height() - 14) // 2), QSize(14, 14))
        icon("chev-right", colors.text2, 14).paint(painter, mark)
        painter.end()


class _Memo(QWidget):
    """The user's memo on a holding; it may contain amounts and is therefore hidden by the mask."""

    edited = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = Label(tr("Memo"), self)
        self._title.setFont(font(12, SEMIBOLD))
        self._hidden = Label(tr("The memo is hidden while amounts are hidden"), self)
        self._hidden.setFont(font(12))
        self._hidden.setWordWrap(True)
        self._text = QPlainTextEdit(self)
        self._text.setFixedHeight(_MEMO_HEIGHT)
        self._text.setFont(font(13))
        self._text.setTabChangesFocus(True)
        self._text.setPlaceholderText(tr("Your note on this holding (stored on this computer only)"))
        self._text.setAccessibleName(tr("Memo"))
        self._text.textChanged.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(Line(theme))
        column.addWidget(self._title)
        column.addWidget(self._hidden)
        column.addWidget(self._text)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._show_masked(is_masked=True)

    def show_memo(self, text: str, *, is_other: bool, is_masked: bool) -> None:
        """Show the saved memo; text being typed is kept, unless the memo is of another holding."""
        if text != self._text.toPlainText() and (is_other or not self._text.hasFocus()):
            self._text.blockSignals(True)
            self._text.setPlainText(text)
            self._text.blockSignals(False)
        self._show_masked(is_masked=is_masked)

    def _show_masked(self, *, is_masked: bool) -> None:
        self._text.setVisible(not is_masked)
        self._hidden.setVisible(is_masked)

    def _take(self) -> None:
        text = self._text.toPlainText()
        if len(text) > LONGEST_MEMO:
            text = text[:LONGEST_MEMO]
            self._text.blockSignals(True)
            self._text.setPlainText(text)
            self._text.moveCursor(QTextCursor.MoveOperation.End)
            self._text.blockSignals(False)
        self.edited.emit(text)

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._title, colors.text2)
        tint(self._hidden, colors.text3)
        self._text.setStyleSheet(
            f"QPlainTextEdit {{ border: 1px solid {colors.control.name()}; border-radius: 6px;"
            f" padding: 4px; background: {colors.surface.name()}; color: {colors.text.name()}; }}"
            f"QPlainTextEdit:focus {{ border: 2px solid {colors.focus.name()}; padding: 3px; }}"
        )


def _words(
    painter: QPainter,
    rect: QRect,
    text: str,
    face: tuple[int, QFont.Weight],
    color: Any,
    *,
    is_right: bool = False,
) -> None:
    """Paint one line of text."""
    painter.setFont(font(*face))
    painter.setPen(color)
    side = Qt.AlignmentFlag.AlignRight if is_right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), text)
