"""A user at a real display goes through the whole window with mouse and keys, quits, and comes back."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

from app.domain.language import tr
from app.ui.format import MASK
from tests.main.simulated import ROOT
from tests.processes import text_of
from tests.robot import hands
from tests.robot.broker import accounts
from tests.robot.user import Seen, Shown, User, on_display, opened, speak
from tests.services.workbooks import opened as cells_of

pytestmark = on_display
BONDS, POSITIONS = 2, 4  # tabs from the left
AMOUNTS = ("quantity", "purchase_price", "purchase_amount", "value", "profit")
QUIT_SECONDS = 3.0


def number(text: str) -> float:
    """A figure as it is shown, to be compared."""
    return float(text.replace("−", "-").replace(",", "").replace("+", "").replace("%", ""))


def arranged(seen: Seen) -> Shown:
    """Everything that is to be found again."""
    table = seen.table
    columns = {each["field"]: (each["place"], each["hidden"], each["width"]) for each in table["columns"]}
    names = ("sort", "is_descending", "is_grouped")
    looks = ("language", "is_dark", "is_masked")
    return {
        "tab": seen["tabs"]["current"],
        "window": seen.main["rect"],
        "columns": columns,
        **{name: table[name] for name in names},
        **{name: seen[name] for name in looks},
        "splitter": seen["splitter"]["sizes"],
        "rows": len(table["rows"]),
    }


def pasted() -> str:
    """What another program finds on the clipboard."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.robot.pasted"], capture_output=True, check=True, cwd=ROOT, timeout=60,
        env=os.environ | {"QT_QPA_PLATFORM": "xcb"},
    )  # fmt: skip
    return text_of(done.stdout)


def search(user: User) -> None:
    """Filter the positions by a part of a code, and show all of them again."""
    seen = user.until(lambda seen: seen.is_filled)
    user.click(seen["tabs"]["rects"][POSITIONS])
    seen = user.until(lambda seen: seen["tabs"]["current"] == POSITIONS and len(seen.cells("name")) == 30)
    typed = seen.cells("code")[3][:3]
    found = [
        name
        for name, code in zip(seen.cells("name"), seen.cells("code"), strict=True)
        if typed in code or typed in name
    ]
    assert 0 < len(found) < 30

    user.press("ctrl+f")
    user.until(lambda seen: seen["focus"]["kind"] == "SearchBox", "for the search box")
    user.write(typed)
    user.until(lambda seen: seen.cells("name") == found, "for the rows that are found")
    assert f"{len(found)} / 30" in user.ask("said", "SearchBox")

    user.press("Escape")
    user.until(lambda seen: len(seen.cells("name")) == 30, "for all rows")
    user.press("Escape")
    user.until(lambda seen: seen["focus"]["kind"] == "FigureView", "for the table")


def sort(user: User) -> None:
    """Sort by a figure both ways, and go back to the broker's order; however quick the clicks are."""
    seen = user.look()
    first = seen.cells("name")
    user.click(seen.column("value"))
    seen = user.until(lambda seen: seen.table["sort"] == "value" and seen.table["is_descending"])
    values = [number(each) for each in seen.cells("value")]
    assert values == sorted(values, reverse=True)
    user.click(seen.column("value"))
    seen = user.until(lambda seen: seen.table["sort"] == "value" and not seen.table["is_descending"])
    assert [number(each) for each in seen.cells("value")] == sorted(values)

    def is_as_sent(seen: Seen) -> bool:
        return (seen.table["sort"], seen.cells("name")) == ("", first)

    user.click(seen.column("value"))
    user.until(is_as_sent, "for no order")
    for _ in range(2):  # as quick as hands can be
        user.click(seen.column("value"))
    user.until(lambda seen: seen.table["sort"] == "value" and not seen.table["is_descending"], "for both")
    user.click(seen.column("value"))
    user.until(is_as_sent, "for no order once more")


def arrange(user: User) -> None:
    """Move a column, hide one and make one wider."""
    # The previous closes are read after the holdings, and widen a column: the others move then.
    seen = user.until(lambda seen: "—" not in seen.cells("change"), "for the previous closes")
    before = [each["field"] for each in seen.shown()]
    left, top, _, height = seen.column("quantity")["rect"]
    hands.drag(hands.middle(seen.column("profit")["rect"]), (left + 6, top + height // 2))
    moved = ["name", "profit", *(each for each in before if each not in ("name", "profit"))]
    seen = user.until(lambda seen: [each["field"] for each in seen.shown()] == moved, "for a column to move")
    assert seen.table["sort"] == ""

    weight = seen.column("weight")["title"]
    user.click(seen.column("price"), button=3)
    seen = user.until(lambda seen: seen.item(weight), "for the list of columns")
    assert not seen.item(seen.column("name")["title"])["enabled"]  # type: ignore[index]
    user.click(seen.item(weight))
    user.until(lambda seen: seen.column("weight")["hidden"], "for a column to go")
    hands.press("Escape")
    seen = user.until(lambda seen: not seen["menus"], "for the list to close")

    left, top, width, height = seen.column("price")["rect"]
    edge = left + width - 1, top + height // 2
    hands.drag(edge, (edge[0] + 40, edge[1]))
    user.until(lambda seen: seen.column("price")["width"] > width + 30, "for a column to grow")


def group(user: User) -> list[str]:
    """Put the rows of a holding together; close a group of bonds by a key. Gives what is left of those."""
    seen = user.look()
    user.click(seen.widget(tr("Columns and export")))
    seen = user.until(lambda seen: seen.item(tr("Group rows")), "for the menu")
    user.click(seen.item(tr("Group rows")))
    user.until(lambda seen: seen.table["is_grouped"] and any(seen.table["groups"]), "for groups")

    user.press(f"ctrl+{BONDS + 1}")
    seen = user.until(lambda seen: seen["tabs"]["current"] == BONDS and any(seen.table["groups"]))
    rows = len(seen.table["rows"])
    at = seen.table["groups"].index(True)
    user.click(seen.table["rects"][at])
    user.until(lambda seen: seen.table["selected"] == [at], "for a group to be chosen")
    user.press("Left")
    seen = user.until(lambda seen: len(seen.table["rows"]) < rows, "for a group to close")
    left = seen.cells("name")
    user.press(f"ctrl+{POSITIONS + 1}")
    user.until(lambda seen: seen["tabs"]["current"] == POSITIONS and seen.is_filled)
    return left


def copy(user: User) -> None:
    """Choose rows that stand for themselves, and paste them into another program."""
    seen = user.look()
    alone = [
        at for at, is_group in enumerate(seen.table["groups"]) if not is_group and seen.table["rects"][at][3]
    ]
    chosen = alone[0], alone[2]
    user.click(seen.table["rects"][chosen[0]])
    user.click(seen.table["rects"][chosen[1]], holding="shift")
    rows = list(range(chosen[0], chosen[1] + 1))
    seen = user.until(lambda seen: seen.table["selected"] == rows, "for rows to be chosen")
    plain = [seen.cells("value")[at].replace(",", "") for at in rows]
    names = [seen.cells("name")[at] for at in rows]

    user.press("ctrl+c")
    user.until(lambda seen: plain[0] in user.ask("copied"), "for a copy")
    lines = [line.split("\t") for line in pasted().splitlines()]
    assert len(lines) == len(rows)
    for line, name, value in zip(lines, names, plain, strict=True):
        assert line[0].startswith(name)
        assert value in line

    user.press("ctrl+shift+c")
    title = seen.column("value")["title"]
    user.until(lambda seen: title in user.ask("copied"), "for a copy with titles")
    titles, *others = [line.split("\t") for line in pasted().splitlines()]
    assert others == lines
    assert [line[titles.index(title)] for line in others] == plain
    assert seen.column("weight")["title"] not in titles


def save(user: User, folder: Path) -> None:
    """Save the table in both kinds of files by typing where."""
    folder.mkdir()
    shown = [each["title"] for each in user.look().shown()]
    for keys, name in (("ctrl+shift+e", "table.csv"), ("ctrl+e", "table.xlsx")):
        path = folder / name
        user.press(keys)
        user.until(lambda seen: seen.window("QFileDialog") and seen["focus"]["kind"] == "QLineEdit")
        user.press("ctrl+a")
        user.write(str(path))
        user.until(lambda seen, path=path: seen["focus"]["text"] == str(path), "for the path to be typed")
        user.press("Return")
        user.until(lambda seen, path=path: not seen.window("QFileDialog") and path.exists(), "for a file")
    with (folder / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert set(shown) <= set(lines[0]) | {""}
    table = lines[1 : lines.index([])]  # where the figures come from is said below
    written = [line[0] for line in table if line[0]]
    assert len(written) >= 30
    sheet, _ = cells_of((folder / "table.xlsx").read_bytes())
    first = [each.value for name, each in sheet.items() if name.startswith("A") and name[1:].isdigit()]
    assert [each for each in first if each in written] == written


def dress(user: User) -> None:
    """Dark, English by the palette, Korean by the settings, English again."""
    assert not user.look()["is_dark"]
    user.press("ctrl+shift+l")
    user.until(lambda seen: seen["is_dark"], "for the dark theme")

    speak(user, "en")
    assert user.look()["tabs"]["titles"][POSITIONS].isascii()
    user.press("ctrl+comma")
    user.until(lambda seen: seen.window("SettingsDialog"), "for the settings")
    seen = user.until(lambda seen: seen.widget("Appearance", kind="PageName"))
    user.click(seen.widget("Appearance", kind="PageName"))
    seen = user.until(lambda seen: seen.widget("한국어", within="SettingsDialog"))
    user.click(seen.widget("한국어", within="SettingsDialog"))
    user.until(lambda seen: seen["language"] == "ko" and seen.widget(tr("Appearance"), kind="PageName"))
    user.press("Escape")
    user.until(lambda seen: not seen.window("SettingsDialog"), "for the settings to close")
    speak(user, "en")

    user.press("F1")
    user.until(lambda seen: seen.window("ShortcutSheet"), "for the sheet of keys")
    user.press("Escape")
    user.until(lambda seen: not seen.window("ShortcutSheet"), "for the sheet to close")


def mask(user: User) -> None:
    """Hide all amounts."""
    seen = user.look()
    secrets = {
        text.lstrip("+−") for field in AMOUNTS for text in seen.cells(field) if len(text.lstrip("+−")) > 4
    } - set(seen.cells("price"))
    figures = {each["name"] for each in seen.main["widgets"] if each["kind"] == "KpiCell"}
    assert len(secrets) > 40
    assert any(each in text for each in secrets for text in user.ask("said", "MainWindow"))

    user.press("ctrl+m")
    seen = user.until(lambda seen: seen["is_masked"] and set(seen.cells("value")) == {MASK}, "for the mask")

    said = [*user.ask("said", "MainWindow"), *(text for row in seen.table["rows"] for text in row)]
    said += [each["name"] + each["text"] for each in seen.main["widgets"]]
    assert [text for text in said for each in secrets if each in text] == []
    assert not figures & {each["name"] for each in seen.main["widgets"] if "won" in each["name"]}


def place(user: User) -> None:
    """Put the window elsewhere, make it larger, and the charts wider; sort."""
    window = user.look().main["id"]
    hands.move(window, 60, 40)
    hands.resize(window, 1420, 880)
    seen = user.until(lambda seen: seen.main["rect"] == [60, 40, 1420, 880], "for another size")
    seen = user.until(lambda seen: seen["splitter"]["rect"][0] > 0)
    start = hands.middle(seen["splitter"]["rect"])
    charts = seen["splitter"]["sizes"][1]
    hands.drag(start, (start[0] - 90, start[1]))
    user.until(lambda seen: seen["splitter"]["sizes"][1] >= charts + 80, "for wider charts")
    user.click(user.look().column("quantity"))
    user.until(lambda seen: seen.table["sort"] == "quantity", "for an order")


def leave(user: User) -> None:
    """Quit."""
    user.press("ctrl+q")
    begun = time.monotonic()
    assert user.end(10) == (0, [])
    assert time.monotonic() - begun < QUIT_SECONDS


def test_all_is_done_by_mouse_and_keys_and_found_again_after_a_restart(tmp_path: Path):
    with accounts(tmp_path) as (profile, secrets):
        with opened(profile, secrets) as user:
            search(user)
            sort(user)
            arrange(user)
            bonds = group(user)
            copy(user)
            save(user, tmp_path / "saved")
            dress(user)
            mask(user)
            place(user)
            left = arranged(user.look())
            leave(user)

        with opened(profile, secrets) as user:
            user.until(lambda seen: seen.is_filled and arranged(seen) == left, f"for {left}")
            user.press(f"ctrl+{BONDS + 1}")
            user.until(lambda seen: seen["tabs"]["current"] == BONDS and seen.cells("name") == bonds)
            leave(user)
