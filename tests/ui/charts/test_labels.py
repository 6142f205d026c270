"""No text is painted over another, and no figure is cut."""

from PySide6.QtGui import QColor, QImage, QPainter, QRawFont

from app.ui.charts.labels import RIGHT, Label, draw_labels, text_width
from app.ui.theme import Theme, font

INK = QColor("#14181f")


def drawn(*labels: Label) -> list[str]:
    """What remains of the labels on a sheet."""
    image = QImage(400, 100, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    texts = [label.text for label in draw_labels(painter, labels)]
    painter.end()
    return texts


def test_a_long_name_ends_in_an_ellipsis(theme: Theme) -> None:
    (text,) = drawn(Label(0, 0, 80, 20, "KIWOOM 미국고배당&AI테크", INK))

    assert text.startswith("KIWOOM")
    assert text.endswith("…")


def test_a_figure_without_room_is_left_out_rather_than_cut(theme: Theme) -> None:
    assert drawn(Label(0, 0, 40, 20, "+5,645,952", INK, is_figure=True)) == []


def test_a_text_as_wide_as_its_box_is_not_cut(theme: Theme) -> None:
    assert drawn(Label(0, 0, text_width("삼성전자"), 20, "삼성전자", INK)) == ["삼성전자"]


def test_a_label_that_would_touch_another_is_left_out(theme: Theme) -> None:
    first = Label(0, 0, 200, 20, "삼성전자", INK)
    over_it = Label(0, 4, 200, 20, "카카오", INK)
    beside_it = Label(200, 0, 100, 20, "카카오", INK, align=RIGHT)

    assert drawn(first, over_it, beside_it) == ["삼성전자", "카카오"]


def test_the_minus_is_in_the_programs_font(theme: Theme) -> None:
    assert all(QRawFont.fromFont(font(12)).supportsCharacter(ord(sign)) for sign in "−—…•’")
