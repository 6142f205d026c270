"""Without a mouse: the keys reach everything that can be used, and what has the focus can be seen."""

from pathlib import Path

import pytest

from app.domain.language import tr
from app.ui.format import MASK
from tests.robot import hands
from tests.robot.broker import accounts
from tests.robot.user import Seen, Shown, User, on_display, opened

pytestmark = on_display

OVERVIEW, BONDS, POSITIONS = 0, 2, 4
MOST_STOPS = 60
LEAST_RING = 100  # pixels in the colour of the focus
IN_ORDER = ("TabBar", "SearchBox", "KpiCell", "FigureView", "_Entry")


def label(widget: Shown) -> str:
    """What a reader says of a widget; ages go on."""
    return f"{widget['kind']} {widget['name'].partition(':')[0]}"


def stops_of(user: User, key: str) -> tuple[list[Shown], list[str]]:
    """What has the focus after each press of a key until it has gone round, and what does not show it."""
    found = [user.until(lambda seen: seen["focus"], "for a focus")["focus"]]
    unseen: list[str] = []
    while len(found) < MOST_STOPS:
        stop = found[-1]
        with_focus = user.ask("ring", stop["rect"])
        user.press(key)
        seen = user.until(
            lambda seen, stop=stop: seen["focus"] and seen["focus"]["identity"] != stop["identity"],
            f"for the focus to leave {label(stop)}",
        )
        if with_focus < user.ask("ring", stop["rect"]) + LEAST_RING:
            unseen.append(label(stop))
        if seen["focus"]["identity"] == found[0]["identity"]:
            return found, unseen
        found.append(seen["focus"])
    raise AssertionError(f"{key} goes round for ever: {list(map(label, found))}")


@pytest.mark.parametrize("tab", [OVERVIEW, BONDS, POSITIONS])
def test_tab_reaches_all_that_can_be_used_and_each_shows_it(tmp_path: Path, tab: int):
    with accounts(tmp_path) as (profile, secrets), opened(profile, secrets) as user:
        user.until(lambda seen: seen.is_filled)
        user.press(f"ctrl+{tab + 1}")
        user.until(lambda seen: seen["tabs"]["current"] == tab and seen.is_filled and has_charts(seen))

        stops, unseen = stops_of(user, "Tab")

        assert unseen == []
        reached = set(map(label, stops))
        usable = [each for each in user.look().main["widgets"] if each["takes_focus"]]
        assert {label(each) for each in usable if each["kind"] != "_Segment"} <= reached
        # Of a switch the chosen part is a stop, and the arrows go to the others.
        switches = {each["name"].partition(",")[0] for each in usable if each["kind"] == "_Segment"}
        assert switches <= {each["name"].partition(",")[0] for each in stops}
        first = next(at for at, each in enumerate(stops) if each["kind"] == IN_ORDER[0])
        around = stops[first:] + stops[:first]  # the table in front has the keyboard first
        kinds = list(dict.fromkeys(each["kind"] for each in around if each["kind"] in IN_ORDER))
        assert kinds == list(IN_ORDER)
        back, _ = stops_of(user, "shift+Tab")
        assert [label(each) for each in back[1:]] == [label(each) for each in reversed(stops[1:])]


def has_charts(seen: Seen) -> bool:
    """Whether the charts are there."""
    return any(each["kind"] in ("DonutChart", "MaturityLadder") for each in seen.main["widgets"])


def walk_to(user: User, text: str) -> None:
    """Go down in an open menu to a line, and take it."""
    seen = user.until(lambda seen: seen.item(text), f"for {text} in a menu")
    for _ in range(len(seen["menus"][0]) + 1):
        if seen.item(text)["current"]:  # type: ignore[index]
            hands.press("Return")
            return
        before = [each["text"] for each in seen["menus"][0] if each["current"]]
        hands.press("Down")
        seen = user.until(
            lambda seen, before=before: [e["text"] for e in seen["menus"][0] if e["current"]] != before
        )
    raise AssertionError(f"{text} is not reached")


def step_to(user: User, kind: str) -> Seen:
    """Go on by F6 to a part of the window."""
    for _ in range(MOST_STOPS):
        seen = user.look()
        if seen["focus"] and seen["focus"]["kind"] == kind:
            return seen
        before = seen["focus"] and seen["focus"]["identity"]
        user.press("F6")
        user.until(lambda seen, before=before: seen["focus"] and seen["focus"]["identity"] != before)
    raise AssertionError(f"F6 does not reach {kind}")


def is_masked(seen: Seen) -> bool:
    """Whether the amounts of the table in front are hidden."""
    return any(MASK in cell for row in seen.table["rows"] for cell in row)


def test_amounts_are_hidden_by_their_keys_in_every_dialog_too(tmp_path: Path):
    with accounts(tmp_path) as (profile, secrets), opened(profile, secrets) as user:
        user.until(lambda seen: seen.is_filled)
        for keys, kind in (
            ("ctrl+comma", "SettingsDialog"),
            ("ctrl+shift+f", "FillsDialog"),
            ("ctrl+n", "ConnectionDialog"),
        ):
            user.press(keys)
            user.until(lambda seen, kind=kind: seen.window(kind), f"for {kind}")
            user.press("ctrl+m")
            user.until(is_masked, f"to hide from {kind}")
            user.press("ctrl+m")
            user.until(lambda seen: not is_masked(seen), f"to show from {kind}")
            user.press("Escape")
            user.until(lambda seen, kind=kind: not seen.window(kind), f"for {kind} to close")


def test_every_action_of_the_window_can_be_done_without_a_mouse(tmp_path: Path):
    with accounts(tmp_path) as (profile, secrets), opened(profile, secrets) as user:
        user.until(lambda seen: seen.is_filled)
        step_to(user, "TabBar")
        for at in range(1, POSITIONS + 1):
            user.press("Right")
            user.until(lambda seen, at=at: seen["tabs"]["current"] == at, "for the next tab")
        user.until(lambda seen: seen.is_filled and has_charts(seen))

        # The table: rows, the order, its menu, and groups.
        step_to(user, "FigureView")
        user.press("Down", "Down")
        user.until(lambda seen: seen.table["current"][0] == 2 and seen.table["selected"] == [2], "for a row")
        user.press("Right", "Right", "ctrl+shift+Down")
        user.until(lambda seen: seen.table["sort"] == "price" and seen.table["is_descending"], "for an order")
        user.press("Return")
        user.until(lambda seen: seen.widget(tr("Close details")), "for the panel beside the table")
        user.press("Escape")
        user.until(lambda seen: not seen.widget(tr("Close details")), "for the panel to close")
        user.press("shift+F10")
        walk_to(user, tr("Group rows"))
        user.until(lambda seen: seen.table["is_grouped"] and not seen["menus"], "for groups")

        # A tool of the bar by the space bar, and the menu of the connections.
        user.press("ctrl+f", "Tab")
        user.until(lambda seen: seen["focus"]["name"].startswith(tr("Refresh interval")))
        user.press("Tab", "Tab", "Tab")
        user.until(lambda seen: seen["focus"]["name"] == tr("Hide amounts"), "for the mask's button")
        user.press("space")
        user.until(lambda seen: seen["is_masked"], "for the mask")
        user.press("Tab", "Tab", "space")
        walk_to(user, tr("Settings…"))
        user.until(lambda seen: seen.window("SettingsDialog"), "for the settings")
        user.press("Escape")
        user.until(lambda seen: not seen.window("SettingsDialog"), "for the settings to close")

        # A chart's items, and its other form.
        seen = step_to(user, "DonutChart")
        before = user.ask("ring", seen["focus"]["rect"])
        user.press("Right", "Right", "Return")
        user.until(lambda seen: len(seen.table["selected"]) == 1, "for a row by its slice")
        assert before > 0
        user.press("ctrl+q")
        assert user.end(10) == (0, [])
