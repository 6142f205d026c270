"""A user adds a connection without a mouse: Enter checks, Enter saves, and no typed key is lost."""

import tomllib
from pathlib import Path

from app.domain.connections import View
from app.domain.language import tr
from app.ui.tabs import view_titles
from tests.main.simulated import simulated
from tests.robot.user import Seen, User, on_display, opened

pytestmark = on_display

DIALOG = "ConnectionDialog"
MOST_STOPS = 20


def tab_to(user: User, name: str) -> Seen:
    """Go on by the Tab key to a widget of the dialog."""
    for _ in range(MOST_STOPS):
        seen = user.look()
        if seen["focus"] and seen["focus"]["name"] == tr(name):
            return seen
        before = seen["focus"] and seen["focus"]["identity"]
        user.press("Tab")
        user.until(lambda seen, before=before: seen["focus"] and seen["focus"]["identity"] != before)
    raise AssertionError(f"the Tab key does not reach {name}")


def write(user: User, name: str, text: str) -> None:
    """Type into a field of the dialog."""
    tab_to(user, name)
    user.write(text)
    user.until(lambda seen: seen["focus"]["text"] == text, f"for {name} to be typed")


def has_focus(seen: Seen, words: str) -> bool:
    """Whether a widget with these words has the keyboard."""
    return bool(seen["focus"]) and tr(words) in (seen["focus"]["text"], seen["focus"]["name"])


def test_a_connection_is_added_by_keys_alone(tmp_path: Path):
    profile = tmp_path / "profile"
    profile.mkdir(mode=0o700)
    with simulated() as broker, opened(profile, {}) as user:
        offered = next(each for each in broker.addresses["connections"] if each["views"] == ["pension"])
        user.press("ctrl+n")
        user.until(lambda seen: seen.window(DIALOG) and seen["focus"]["kind"] == "ChoiceCard", "for a broker")
        user.press("Right")
        user.until(lambda seen: tr("Kiwoom Securities") in seen["focus"]["name"] + seen["focus"]["text"])
        user.press("Left")
        user.until(lambda seen: tr("Korea Investment") in seen["focus"]["name"] + seen["focus"]["text"])
        write(user, "Name", "IRP")
        write(user, "Account number", offered["account"])
        write(user, "App key", offered["appkey"])
        write(user, "App secret", "wrong" + offered["appsecret"][5:])

        # Keys at the eye go nowhere, and Esc loses nothing.
        user.press("Tab")
        user.until(lambda seen: seen["focus"]["kind"] == "QuietButton", "for the eye")
        user.write("abc")
        user.press("Escape")
        user.until(lambda seen: has_focus(seen, "Keep editing"), "for the question")
        user.press("Return")
        seen = user.until(lambda seen: seen.window(DIALOG) and not has_focus(seen, "Keep editing"))
        secret = seen.widget(tr("App secret"), kind="SecretField", within=DIALOG)
        assert secret and secret["text"] == "wrong" + offered["appsecret"][5:]

        tab_to(user, "Advanced: server address")
        user.press("space")
        user.until(lambda seen: seen.widget(tr("Server address"), within=DIALOG), "for the address")
        write(user, "Server address", broker.addresses["kis"])
        user.press("Return")
        user.until(lambda seen: seen["focus"] and seen["focus"]["name"] == tr("App secret"), "for the fault")
        user.write(offered["appsecret"])  # in place of the wrong one
        user.until(lambda seen: seen["focus"]["text"] == offered["appsecret"])
        user.press("Return")
        user.until(lambda seen: has_focus(seen, "Save"), "for a good check")
        assert not (profile / "settings.toml").exists()
        user.press("Return")
        seen = user.until(lambda seen: not seen.window(DIALOG) and seen.is_filled, "for the tab")

        assert seen["tabs"]["titles"] == [view_titles()[View.PENSION]]
        settings = (profile / "settings.toml").read_text("utf-8")
        (stored,) = tomllib.loads(settings)["connections"]
        assert (stored["label"], stored["account"]) == ("IRP", offered["account"])
        assert offered["appsecret"] not in settings
        user.press("ctrl+q")
        assert user.end(10) == (0, [])
