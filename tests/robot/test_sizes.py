"""The window on the screens that users have: it lies on the screen, whole, and no text of it is cut."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.robot import hands
from tests.robot.broker import accounts
from tests.robot.user import Seen, on_display, opened

pytestmark = on_display
TABS = 5


@contextmanager
def screen(width: int, height: int) -> Iterator[str]:
    """A display of so many pixels of its own; gives its name."""
    with subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout is not None
        try:
            yield f":{server.stdout.readline().decode().strip()}"
        finally:
            server.terminate()


def is_inside(rect: list[int], around: list[int]) -> bool:
    """Whether a part of the screen lies within another."""
    return all(
        around[at] <= rect[at] and rect[at] + rect[at + 2] <= around[at] + around[at + 2] for at in (0, 1)
    )


def are_shown(seen: Seen) -> bool:
    """Whether the figures, the table and the charts are there."""
    return bool(seen.is_filled and seen["splitter"] and seen["splitter"]["rect"][0] > 0)


@pytest.mark.parametrize("width, height, scale", [(1024, 700, 1.0), (1920, 1080, 1.0), (1280, 720, 1.5)])
@pytest.mark.skipif(not hands.has_server(), reason="needs Xvfb")
def test_the_window_fits_the_screen_with_nothing_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int, scale: float
):
    with screen(width, height) as display, accounts(tmp_path) as (profile, secrets):
        monkeypatch.setenv("DISPLAY", display)
        with opened(profile, secrets, environ={"QT_SCALE_FACTOR": str(scale)}) as user:
            seen = user.until(lambda seen: seen.is_filled)
            whole = user.ask("screen")
            assert (whole[2], whole[3]) == (int(width / scale), int(height / scale))
            for tab in range(TABS):
                user.press(f"ctrl+{tab + 1}")
                seen = user.until(
                    lambda seen, tab=tab: seen["tabs"]["current"] == tab and are_shown(seen), f"for tab {tab}"
                )
                window = seen.main["rect"]
                assert is_inside(window, whole)
                entries = [each for each in seen.main["widgets"] if each["kind"] == "_Entry"]
                assert len(entries) == 3
                assert all(is_inside(each["rect"], window) and each["rect"][3] >= 20 for each in entries)
                shown = [each["rect"] for each in seen.shown()]
                assert all(left[0] + left[2] == right[0] for left, right in pairwise(shown))
                assert shown[-1][0] + shown[-1][2] <= seen["splitter"]["rect"][0], "no column is out of sight"
                assert (tab, user.ask("cut")) == (tab, [])
            if (width, height, scale) == (1280, 720, 1.5):
                # The dialogs lie on such a screen too.
                for keys, kind in (
                    ("ctrl+comma", "SettingsDialog"),
                    ("ctrl+n", "ConnectionDialog"),
                    ("ctrl+shift+f", "FillsDialog"),
                ):
                    user.press(keys)
                    seen = user.until(lambda seen, kind=kind: seen.window(kind), f"for {kind}")
                    assert is_inside(seen.window(kind)["rect"], whole)  # type: ignore[index]
                    user.press("Escape")
                    user.until(lambda seen, kind=kind: not seen.window(kind), f"for {kind} to close")
            user.press("ctrl+q")
            assert user.end(10) == (0, [])
