"""That the looks of the window are looked at well: every kind of defect is found where one is made."""

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.controls.card import ElidedLabel
from app.ui.theme import font
from tests.ui.ink import Picture, drawn_by, faults, widget_faults

TEXT = "평가손익 1,234,567"


class Painted(QWidget):
    """Paints texts at places; each is (x, y, text) or (rectangle, text)."""

    def __init__(self, *texts: tuple, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._texts = texts
        self.resize(200, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """All of them in one font."""
        painter = QPainter(self)
        painter.setFont(font(13))
        for each in self._texts:
            if len(each) == 3:
                painter.drawText(*each)
            else:
                painter.drawText(each[0], int(Qt.AlignmentFlag.AlignVCenter), each[1])
        painter.end()


@pytest.fixture
def found(qtbot, dressed):
    """The kinds of faults of a widget, when it is shown."""

    def look(widget: QWidget, hints: set[str] | None = None) -> list[str]:
        qtbot.addWidget(widget)
        widget.show()
        return [each.partition(":")[0] for each in faults(drawn_by(widget), hints or set())]

    return look


def test_texts_with_room_are_fine(found):
    assert found(Painted((10, 20, TEXT), (QRect(10, 30, 180, 20), TEXT))) == []


def test_a_text_wider_than_its_rectangle_is_cut(found):
    assert found(Painted((QRect(10, 10, 60, 20), TEXT))) == ["cut"]


def test_a_text_lower_than_its_rectangle_is_cut(found):
    assert found(Painted((QRect(10, 10, 180, 8), TEXT))) == ["cut"]


@pytest.mark.parametrize("x", [-8, 150])
def test_a_text_that_leaves_its_widget_is_cut(found, x):
    assert found(Painted((x, 20, TEXT))) == ["cut"]


def test_texts_over_each_other_overlap_also_those_of_two_widgets(found):
    assert found(Painted((10, 20, TEXT), (60, 24, TEXT))) == ["overlap"]
    assert found(Painted((10, 20, TEXT), (10, 40, TEXT))) == []

    outer = Painted((10, 20, TEXT))
    Painted((10, 20, "123"), parent=outer).move(30, 0)
    assert found(outer) == ["overlap"]


def test_an_elided_text_needs_a_tooltip_that_says_it_all(found):
    assert found(Painted((10, 20, "TIGER 미국…"))) == ["elided, and no tooltip says it all"]
    assert found(Painted((10, 20, "TIGER 미국…")), {"TIGER 미국달러단기채권액티브"}) == []


def test_a_picture_for_fewer_pixels_than_the_screen_has_is_blurred(found, qtbot):
    drawn = drawn_by(Painted())
    drawn.pictures.append(Picture(1.0, 1.5))

    assert list(faults(drawn, set())) == ["blurred: a picture for 1.0 on a screen of 1.5"]


def test_pictures_that_are_painted_are_seen(qtbot, dressed):
    class Pictured(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            pixmap = QPixmap(10, 10)
            pixmap.fill(Qt.GlobalColor.red)
            painter = QPainter(self)
            painter.drawPixmap(0, 0, pixmap)
            painter.end()

    widget = Pictured()
    qtbot.addWidget(widget)
    assert [each.ratio for each in drawn_by(widget).pictures] == [1.0]


def row_of(qtbot, *widgets: QWidget) -> QWidget:
    """Widgets side by side, shown."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    for each in widgets:
        row.addWidget(each)
    qtbot.addWidget(whole)
    whole.show()
    return whole


def kinds(whole: QWidget) -> list[str]:
    """The kinds of faults of Qt's own widgets."""
    return [each.partition(":")[0] for each in widget_faults(whole)]


def test_labels_and_buttons_must_have_the_room_that_they_ask_for(qtbot, dressed):
    assert kinds(row_of(qtbot, QLabel(TEXT), QPushButton(TEXT))) == []

    label, button = QLabel(TEXT), QPushButton(TEXT)
    label.setFixedWidth(40)
    button.setFixedWidth(40)
    assert kinds(row_of(qtbot, label, button)) == ["too small", "too small"]


def test_a_label_that_elides_on_purpose_is_fine_with_its_tooltip(qtbot, dressed):
    label = ElidedLabel()
    label.setText(TEXT)
    label.setFixedWidth(40)

    whole = row_of(qtbot, label)
    assert kinds(whole) == []
    assert label.toolTip() == TEXT


def test_a_wrapped_label_needs_its_height(qtbot, dressed):
    label = QLabel(f"{TEXT} {TEXT} {TEXT}")
    label.setWordWrap(True)
    label.setFixedSize(80, 20)

    assert kinds(row_of(qtbot, label)) == ["too low"]


def test_widgets_over_each_other_are_found(qtbot, dressed):
    whole = QWidget()
    for x in (0, 10):
        label = QLabel(TEXT, whole)
        label.move(x, 0)
        label.adjustSize()
    qtbot.addWidget(whole)
    whole.resize(300, 50)
    whole.show()

    assert kinds(whole) == ["over each other"]


def test_an_icon_of_few_pixels_is_blurred(qtbot, dressed):
    button = QPushButton()
    pixmap = QPixmap(8, 8)
    pixmap.fill(Qt.GlobalColor.red)
    button.setIcon(QIcon(pixmap))
    button.setIconSize(QSize(20, 20))

    whole = row_of(qtbot, button)
    assert [each.partition(":")[0] for each in widget_faults(whole, 2.0)] == ["blurred"]
