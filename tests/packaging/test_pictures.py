"""Pictures of one window on two systems, drawn by Qt with other letters, other prices, and with faults."""

from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QImage, QPainter

from app.resources import resource

SIZE = (1280, 800)


@pytest.fixture
def pictures(load) -> ModuleType:
    return load("pictures")


def draw(
    path: Path,
    *,
    price: str = "244,287,192",
    shift: int = 0,
    antialiased: bool = True,
    boxes: bool = False,
    rows: int = 24,
    chart: bool = True,
    size: tuple[int, int] = SIZE,
) -> Path:
    """A table of names and prices and a chart beside it; `boxes` as Qt draws letters that no font has."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, antialiased)
    font = QFont("Pretendard")
    font.setPixelSize(14)
    painter.setFont(font)
    for row in range(rows):
        top = 20 + row * 30
        for column, text in enumerate(("삼성 레버리지 인버스", "한화에어로스페이스", "대한민국국채", price)):
            left = 20 + column * 200 + shift
            if boxes and column < 3:
                for at in range(len(text)):
                    painter.drawRect(QRect(left + at * 14, top + 4, 12, 13))
            else:
                painter.drawText(QRect(left, top, 190, 24), Qt.AlignmentFlag.AlignLeft, text)
    if chart:
        for bar in range(10):
            painter.fillRect(900, 40 + bar * 60, 60 + bar * 25, 40, QColor("#d9455f"))
    painter.end()
    image.save(str(path))
    return path


@pytest.fixture
def linux(qapp, tmp_path: Path) -> Path:
    """The picture that another one is compared with, in the program's own font."""
    QFontDatabase.addApplicationFont(str(resource("fonts", "Pretendard-Regular.otf")))
    return draw(tmp_path / "linux.png")


def test_other_prices_and_another_rasterisers_letters_are_the_same_picture(
    pictures: ModuleType, linux: Path, tmp_path: Path
):
    other = draw(tmp_path / "other.png", price="243,961,508", shift=1, antialiased=False)

    assert pictures.faults(linux, other) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"rows": 0, "chart": False}, "blocks differ"),
        ({"rows": 0}, "blocks differ"),
        ({"chart": False}, "0.00 of what is drawn"),
        ({"boxes": True}, "blocks differ"),
        ({"size": (1024, 800)}, "1024x800 pixels, not 1280x800"),
    ],
    ids=["an empty tab", "an empty table", "an empty chart", "boxes for letters", "another size"],
)
def test_what_is_missing_is_found(
    pictures: ModuleType, linux: Path, tmp_path: Path, fault: dict[str, object], said: str
):
    found = pictures.faults(linux, draw(tmp_path / "other.png", **fault))

    assert any(said in each for each in found), found


def test_a_picture_that_is_not_there_is_no_match(
    pictures: ModuleType, linux: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    linux.rename(tmp_path / "one" / "overview.png")

    with pytest.raises(FileNotFoundError):
        pictures.main(tmp_path / "one", tmp_path / "two")
    draw(tmp_path / "two" / "overview.png", rows=0)
    assert pictures.main(tmp_path / "one", tmp_path / "two") == 1
    assert "overview.png: " in capsys.readouterr().out
    assert pictures.main(tmp_path / "two", tmp_path / "two") == 0
