"""Nothing moves under the mouse: fills, the theme and the language leave rows and selection alone."""

from pathlib import Path

from app.domain.language import tr
from tests.robot import hands
from tests.robot.broker import accounts, seconds_to_trading
from tests.robot.user import Seen, User, on_display, opened, speak

pytestmark = on_display
POSITIONS = 4  # the tab, from the left
CLICKS = 25
CLOCK = (
    " Times and market hours may be wrong. Turn on 'Set time automatically' in the "
    "system's date and time settings."
)
MOVING = {"fills": True, "fill_seconds": 0.4, "ticks_per_second": 20.0}


def on_positions(user: User) -> Seen:
    """Bring the table of positions to the front."""
    user.until(lambda seen: seen.is_filled)
    user.press(f"ctrl+{POSITIONS + 1}")
    return user.until(lambda seen: has_settled(seen) and len(seen.cells("name")) == 30, "for the positions")


def has_settled(seen: Seen) -> bool:
    """Whether the table is there, below the bar that says that this computer's clock is wrong."""
    is_warned = any(tr(CLOCK) in each for each in seen["notices"])
    return is_warned and seen["tabs"]["current"] == POSITIONS and seen.is_filled


def rows_of(seen: Seen) -> list[tuple[str, str]]:
    """The rows' keys, from top to bottom; two are of one stock."""
    return list(zip(seen.cells("name"), seen.cells("purchase_price"), strict=True))


def places_of(seen: Seen) -> list[tuple[int, int]]:
    """Where each row is, and how high: a figure that grows makes the column of the names narrower."""
    return [(rect[1], rect[3]) for rect in seen.table["rects"]]


def is_reached(rect: list[int], toasts: list[list[int]]) -> bool:
    """Whether all of a row can be seen, and no toast lies over its middle."""
    x, y = hands.middle(rect)
    over = [each for each in toasts if each[0] <= x < each[0] + each[2] and each[1] <= y < each[1] + each[3]]
    return rect[3] >= 20 and not over


def test_every_click_selects_the_row_under_the_mouse_while_fills_come(tmp_path: Path):
    with (
        accounts(tmp_path, **MOVING) as (profile, secrets),
        opened(profile, secrets, ahead=seconds_to_trading()) as user,
    ):
        seen = on_positions(user)
        seen = user.until(lambda seen: seen["toasts"], "for a fill")
        names, places = seen.cells("name"), places_of(seen)
        visible = [at for at, rect in enumerate(seen.table["rects"]) if rect[3] >= 20]
        reported: set[str] = set()
        for turn in range(CLICKS):
            at = visible[(turn * 5) % len(visible)]
            user.click(seen.table["rects"][at])
            seen = user.until(lambda seen, at=at: seen.table["selected"] == [at], f"for row {at}")
            assert seen.table["current"][0] == at
            assert seen["focus"]["kind"] == "FigureView", "no toast takes the keyboard"
            assert (seen.cells("name"), places_of(seen)) == (names, places), "no row moves"
            assert all(is_reached(seen.table["rects"][each], seen["toasts"]) for each in visible), (
                "no toast lies over rows"
            )
            assert len(seen["toasts"]) <= 3
            reported.update(seen["notices"])

        assert len(reported) > 3, "fills went on coming"
        user.press("Down")
        user.until(lambda seen, at=at: seen.table["selected"] == [at + 1], "for the key to move the row")
        user.press("ctrl+q")
        assert user.end(10) == (0, [])


def test_theme_and_language_leave_a_sorted_table_as_it_is(tmp_path: Path):
    with (
        accounts(tmp_path, **MOVING | {"fills": False}) as (profile, secrets),
        opened(profile, secrets, ahead=seconds_to_trading()) as user,
    ):
        seen = on_positions(user)
        user.click(seen.column("quantity"))
        seen = user.until(lambda seen: seen.table["sort"] == "quantity" and seen.table["is_descending"])
        user.click(seen.table["rects"][6])
        seen = user.until(lambda seen: seen.table["selected"] == [6], "for a row")
        rows, price = rows_of(seen), seen.column("price")["title"]
        assert rows != sorted(rows)

        def is_unchanged(seen: Seen) -> bool:
            table = seen.table
            return rows_of(seen) == rows and (table["selected"], table["current"][0]) == ([6], 6)

        for is_dark in (True, False):
            user.press("ctrl+shift+l")
            seen = user.until(lambda seen, is_dark=is_dark: seen["is_dark"] is is_dark, "for the theme")
            assert is_unchanged(seen)
        for language in ("en", "ko"):
            speak(user, language)
            seen = user.look()
            assert is_unchanged(seen)
            assert (seen.column("price")["title"] == price) == (language == "ko")
            assert (seen.table["sort"], seen.table["is_descending"]) == ("quantity", True)

        # A sort by a figure that every trade changes: the selection goes with its stock.
        user.click(seen.column("value"))
        seen = user.until(lambda seen: seen.table["sort"] == "value", "for another order")
        user.click(seen.table["rects"][4])
        seen = user.until(lambda seen: len(seen.table["selected"]) == 1, "for a row")
        chosen = rows_of(seen)[seen.table["selected"][0]]
        for language in ("en", "ko"):
            user.press("ctrl+shift+l")
            user.until(lambda seen, is_dark=language == "en": seen["is_dark"] is is_dark, "for the theme")
            speak(user, language)
            seen = user.look()
            assert [rows_of(seen)[at] for at in seen.table["selected"]] == [chosen]
            assert sorted(rows_of(seen)) == sorted(rows)
        user.press("ctrl+q")
        assert user.end(10) == (0, [])
