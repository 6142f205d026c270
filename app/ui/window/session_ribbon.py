"""Today's trading sessions: a lane for each market, a mark at the current time, and a countdown."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPolygon
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.domain.clock import KST
from app.domain.language import N_, tr
from app.domain.sessions import EARLIEST, LATEST, Market, Session, Status
from app.ui import format as text_of
from app.ui.plain import set_tip
from app.ui.table import marks
from app.ui.theme import REGULAR, SEMIBOLD, Theme, font, text_width

HEIGHT = 24
LANES_LEFT = 3  # half the mark, which may be at either end
LANES_WIDTH = 132
LANE_HEIGHT = 4
LANE_TOPS = (8, 14)
MARK_TOP, MARK_BOTTOM = 5, 21
TEXT_GAP = 10
TEXT_SIZE = 12

_LANES_END = LANES_LEFT + LANES_WIDTH
_LONG_WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
_SPOKEN = {Market.KRX: N_("Korea Exchange"), Market.NXT: N_("Nextrade")}
_REGULAR = (Session.REGULAR, Session.CLOSING_AUCTION)
_BEFORE_REGULAR = (Session.BEFORE, Session.OPENING_AUCTION)
_SATURDAY = 5
_OVER = (Session.CLOSED, Session.DAY_OFF)


class _Bar(NamedTuple):
    left: int
    width: int
    is_active: bool


class _Piece(NamedTuple):
    """A text with its separator from the text before."""

    joint: str
    text: str
    color: str
    weight: QFont.Weight

    @property
    def widths(self) -> tuple[int, int]:
        return (
            text_width(self.joint, TEXT_SIZE),
            text_width(self.text, TEXT_SIZE, self.weight),
        )


class _Shown(NamedTuple):
    lanes: tuple[tuple[_Bar, ...], ...] = ()
    mark: int | None = None
    pieces: tuple[_Piece, ...] = ()


class SessionRibbon(QWidget):
    """Shows the state of the markets; where space is short, only the lanes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = _Shown()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """Return the text beside the lanes."""
        return "".join(piece.joint + piece.text for piece in self._shown.pieces)

    def show_sessions(self, now: datetime, statuses: Sequence[Status]) -> None:
        """Show the markets at this time, the first one in full; unchanged content is not repainted."""
        today = now.astimezone(KST)
        lanes = tuple(_bars(status, today) for status in statuses)
        mark = _x(today, today.date())
        is_marked = any(lanes) and LANES_LEFT <= mark < _LANES_END
        shown = _Shown(lanes, mark if is_marked else None, _pieces(today, statuses))
        if shown == self._shown:
            return
        is_wider = _width(shown) != _width(self._shown)
        self._shown = shown
        name = _words(today, statuses)
        if name != self.accessibleName():
            self.setAccessibleName(name)
            set_tip(self, "\n".join(_hours(status) for status in statuses))
        if is_wider:
            self.updateGeometry()
        self.update()

    def show_always_open(self) -> None:
        """Show that this market is always open, like the demo's."""
        said = tr("Demo: the market is always open")
        shown = _Shown(pieces=(_Piece("", said, "text2", REGULAR),))
        if shown != self._shown:
            self._shown = shown
            self.setAccessibleName(said)
            set_tip(self, tr("Prices and orders are simulated at any time."))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the lanes and the text."""
        return QSize(_width(self._shown), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the lanes."""
        return QSize(_LANES_END if self._shown.lanes else 0, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes, the mark and as much of the text as fits."""
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        for top, bars in zip(LANE_TOPS, self._shown.lanes, strict=False):
            if not bars:
                painter.fillRect(LANES_LEFT, top, LANES_WIDTH, LANE_HEIGHT, colors.track)
            for bar in bars:
                color = colors.accent if bar.is_active else colors.lineStrong
                painter.fillRect(bar.left, top, bar.width, LANE_HEIGHT, color)
        if self._shown.mark is not None:
            self._paint_mark(painter, self._shown.mark)
        x, base = _text_left(self._shown), marks.baseline(HEIGHT, TEXT_SIZE)
        for piece in self._shown.pieces:
            joint, width = piece.widths
            if x + joint + width > self.width():
                break
            painter.setFont(font(TEXT_SIZE))
            painter.setPen(colors.text3)
            painter.drawText(x, base, piece.joint)
            painter.setFont(font(TEXT_SIZE, piece.weight))
            painter.setPen(getattr(colors, piece.color))
            painter.drawText(x + joint, base, piece.text)
            x += joint + width
        painter.end()

    def _paint_mark(self, painter: QPainter, x: int) -> None:
        color = self._theme.colors.text
        painter.fillRect(x, MARK_TOP, 1, MARK_BOTTOM - MARK_TOP, color)
        painter.setPen(color)
        painter.setBrush(color)
        corners = ((x - 2, MARK_TOP), (x + 2, MARK_TOP), (x, MARK_TOP + 2))
        painter.drawPolygon(QPolygon([QPoint(*corner) for corner in corners]))


def _width(shown: _Shown) -> int:
    if not shown.lanes and not shown.pieces:
        return 0
    return _text_left(shown) + sum(sum(piece.widths) for piece in shown.pieces)


def _text_left(shown: _Shown) -> int:
    return _LANES_END + TEXT_GAP if shown.lanes else 0


def _x(moment: datetime, day: date) -> int:
    start, end = (datetime.combine(day, each, KST) for each in (EARLIEST, LATEST))
    return LANES_LEFT + (moment - start) * LANES_WIDTH // (end - start)


def _bars(status: Status, now: datetime) -> tuple[_Bar, ...]:
    """Return the segments of a lane, each ending a pixel before the next one starts."""
    edges = [(_x(span.start, now.date()), _x(span.end, now.date())) for span in status.spans]
    starts = {left for left, _ in edges}
    return tuple(
        _Bar(left, max(1, right - left - (right in starts)), span.start <= now < span.end)
        for (left, right), span in zip(edges, status.spans, strict=True)
    )


def _pieces(now: datetime, statuses: Sequence[Status]) -> tuple[_Piece, ...]:
    if not statuses:
        return ()
    first, *others = statuses
    found = [_Piece("", f"{first.market} {_title(first, now)}", "text", SEMIBOLD)]
    until = _until(first)
    if until is not None:
        words = until.text(_countdown(until.at - now))
        found.append(_Piece(" · ", words, "text2", REGULAR))
    elif first.opening is not None:
        words = tr("Opens {day}", day=_day(first.opening, now, text_of.WEEKDAYS))
        found.append(_Piece(" · ", words, "text2", REGULAR))
    for other in others if any(each.is_under_way for each in statuses) else ():
        found.append(_Piece(" | ", f"{other.market} {other.session.short_title}", "text", SEMIBOLD))
    return tuple(found)


def _title(status: Status, now: datetime) -> str:
    is_weekend = status.session is Session.DAY_OFF and now.weekday() >= _SATURDAY
    return tr("Closed (weekend)") if is_weekend else status.session.title


class _Until(NamedTuple):
    sentence: str  # with a placeholder for the remaining time
    at: datetime
    event: str = ""

    def text(self, left: str) -> str:
        """Return the next event and the remaining time."""
        return tr(self.sentence, event=self.event, left=left)


def _until(status: Status) -> _Until | None:
    """Return the event that a market's countdown ends with; None when its day is over."""
    if status.session in _REGULAR and status.ends is not None:
        return _Until(N_("closes in {left}"), status.ends)
    if status.session in _BEFORE_REGULAR and status.opening is not None:
        return _Until(N_("opens in {left}"), status.opening)
    if status.ends is not None:
        return _Until(N_("ends in {left}"), status.ends)
    if status.session not in _OVER and status.following is not None:
        return _Until(N_("{event} in {left}"), status.following.at, status.following.session.title)
    return None


def _countdown(left: timedelta) -> str:
    seconds = -(-left // timedelta(seconds=1))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _day(when: datetime, now: datetime, weekdays: Sequence[str]) -> str:
    """Return a time with its weekday, or with its date from a week on."""
    is_near = when.date() - now.date() < timedelta(days=7)
    day = tr(weekdays[when.weekday()]) if is_near else text_of.day_and_month(when)
    return f"{day} {when:%H:%M}"


def _words(now: datetime, statuses: Sequence[Status]) -> str:
    """Return the text for screen readers, precise to the minute, so that it does not change every second."""
    found: list[str] = []
    for number, status in enumerate(statuses):
        said = f"{tr(_SPOKEN[status.market])} {_title(status, now)}"
        until = _until(status) if number == 0 else None
        if until is not None:
            said += f", {until.text(_duration(until.at - now))}"
        elif number == 0 and status.opening is not None:
            said += tr(", next opening {day}", day=_day(status.opening, now, _LONG_WEEKDAYS))
        found.append(said)
    return ". ".join(found)


def _duration(left: timedelta) -> str:
    minutes = left // timedelta(minutes=1)
    if minutes < 1:
        return tr("less than a minute")
    hours = tr("{hours} h", hours=minutes // 60) if minutes >= 60 else ""
    return f"{hours} {tr('{minutes} min', minutes=minutes % 60)}".lstrip() if minutes % 60 else hours


def _hours(status: Status) -> str:
    """Return a market's trading hours of the day for the tooltip."""
    spans = (
        f"{span.session.title} {_clock(span.start.time())}–{_clock(span.end.time())}" for span in status.spans
    )
    return f"{status.market}: {' · '.join(spans) or status.session.title}"


def _clock(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
