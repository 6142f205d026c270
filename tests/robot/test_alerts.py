"""A user sets an alert in the settings, while the exchanges trade, and hears of it in the window."""

from pathlib import Path

from app.domain.language import tr
from tests.robot import hands
from tests.robot.broker import accounts, seconds_to_trading
from tests.robot.user import Seen, Shown, User, on_display, opened

pytestmark = on_display

DIALOG = "SettingsDialog"
POSITIONS = 4


def box(seen: Seen, name: str) -> Shown:
    """A box to choose from."""
    window = seen.window(DIALOG)
    assert window is not None
    (found,) = [each for each in window["widgets"] if each["is_box"] and each["name"] == tr(name)]
    return found


def choose(user: User, name: str, wanted: str) -> None:
    """Open a box by the mouse and walk to a line of it."""
    seen = user.until(lambda seen: wanted in box(seen, name)["items"], f"for {wanted} to be offered")
    user.click(box(seen, name))
    user.until(lambda seen: seen["popups"], "for the box to open")
    hands.press("Home", *["Down"] * box(seen, name)["items"].index(wanted), "Return")
    user.until(lambda seen: not seen["popups"] and box(seen, name)["text"] == wanted, f"for {wanted}")


def test_an_alert_that_is_set_in_the_settings_is_reported_in_the_window(tmp_path: Path):
    with (
        accounts(tmp_path) as (profile, secrets),
        opened(profile, secrets, ahead=seconds_to_trading()) as user,
    ):
        user.until(lambda seen: seen.is_filled)
        user.press(f"ctrl+{POSITIONS + 1}")
        seen = user.until(lambda seen: seen["tabs"]["current"] == POSITIONS and seen.is_filled)
        name, price = seen.cells("name")[0], seen.cells("price")[0]
        limit = int(price.replace(",", "")) - 1

        user.press("ctrl+comma")
        seen = user.until(lambda seen: seen.window(DIALOG) and seen.widget(tr("Alerts"), kind="PageName"))
        user.click(seen.widget(tr("Alerts"), kind="PageName"))
        user.until(lambda seen: seen.widget(tr("Limit"), within=DIALOG), "for the page of alerts")
        choose(user, "Holding", name)
        choose(user, "Item", tr("Price"))
        user.click(user.look().widget(tr("Limit"), within=DIALOG))
        user.until(lambda seen: seen["focus"]["name"] == tr("Limit"), "for the field of the limit")
        user.write(f"{limit:,}")
        user.press("Return")
        met = tr(
            "The condition is already met. Press Add again to add it anyway. You will be "
            "alerted right away if the market is open."
        )
        user.until(lambda seen: seen.widget(met, within=DIALOG), "for a word that it is met already")
        user.press("Return")

        seen = user.until(lambda seen: any(each.startswith(f"{name}: ") for each in seen["notices"]))
        (reported,) = [each for each in seen["notices"] if each.startswith(f"{name}: ")]
        assert price in reported
        assert f"{limit:,}" in reported
        assert seen.window(DIALOG), "Enter adds the alert and closes nothing"
        user.until(
            lambda seen: "[[alerts]]" in (profile / "settings.toml").read_text("utf-8"), "for the file"
        )
        user.press("Escape")
        user.until(lambda seen: not seen.window(DIALOG), "for the settings to close")
        user.press("ctrl+q")
        assert user.end(10) == (0, [])
