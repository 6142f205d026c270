"""`moa screenshot` as a command: a picture of every tab from a broker's answers, or of why there is none."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from app.resources import resource
from tests.main.simulated import ROOT, Simulated, environment, simulated

PICTURES = ["asset-mix.png", "bonds.png", "overview.png", "pension.png", "positions.png"]
TOKENS = json.loads(resource("theme", "tokens.json").read_text("utf-8"))


def start(
    *arguments: str, secrets: Mapping[str, str] | None = None, scale: str = "1"
) -> subprocess.Popen[str]:
    """The command in a process of its own, where there is no display."""
    variables = environment(secrets or {}) | {"QT_SCALE_FACTOR": scale}
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        variables.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-m", "app", "screenshot", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=variables,
    )


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and all that it said."""
    out, err = process.communicate(timeout=150)
    return process.returncode, out + err


def refused(*arguments: str) -> str:
    """The one line that the command is refused with."""
    code, said = end_of(start(*arguments))
    assert (code, said.count("\n")) == (2, 1), said
    return said.strip()


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in folder.iterdir())


def modes(folder: Path) -> set[int]:
    """Who may do what with the files in a folder."""
    return {each.stat().st_mode & 0o777 for each in folder.iterdir()}


def picture(path: Path) -> QImage:
    image = QImage(str(path))
    assert not image.isNull()
    return image.convertToFormat(QImage.Format.Format_RGB32)


def colors_of(image: QImage) -> set[str]:
    """The colours of every pixel in every second line and column."""
    found = {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}
    return {QColor(each).name() for each in found}


@pytest.fixture(scope="module")
def demo_pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """The demo's pictures, begun before the first test and waited for in the last."""
    home = tmp_path_factory.mktemp("demo")
    folder = home / "deep" / "pictures"
    profile = home / "profile"
    command = start(str(folder), "--demo", "--size", "1280x800", "--profile", str(profile))
    yield folder, command
    if command.poll() is None:
        command.kill()
    command.communicate()


@pytest.fixture(scope="module", autouse=True)
def _begun(demo_pictures: object) -> None:
    """Have the slow command run beside the other tests."""


@pytest.fixture(scope="module")
def broker() -> Iterator[Simulated]:
    """A broker whose faults can be changed."""
    with simulated() as made:
        yield made


def profile_of(folder: Path, broker: Simulated, connections: Sequence[str]) -> dict[str, str]:
    """Write settings with these connections of the simulator's; gives the secrets for the keychain."""
    text, secrets = "", {}
    for identity in connections:
        view = "pension" if identity.startswith("irp") else "positions" if identity == "kiwoom" else "bonds"
        offered = next(each for each in broker.addresses["connections"] if view in each["views"])
        text += f"[[connections]]\nid = '{identity}'\nlabel = '{identity}'\nbroker = '{offered['broker']}'\n"
        text += (
            f"views = {json.dumps(offered['views'])}\nbase_url = '{broker.addresses[offered['broker']]}'\n"
        )
        if offered["account"]:
            text += f"account = '{offered['account']}'\n"
        else:
            text += f"ws_url = '{broker.addresses['kiwoom_ws']}'\n"
        secrets[f"moa/{identity}/appkey"] = offered["appkey"]
        secrets[f"moa/{identity}/appsecret"] = offered["appsecret"]
    (folder / "settings.toml").write_text(text, "utf-8")
    return secrets


def test_a_refused_view_has_a_picture_of_the_reason_and_the_code_is_one(tmp_path, broker):
    broker.show("wrong-account@pension")
    secrets = profile_of(tmp_path, broker, ["irp", "kis"])

    command = start(
        str(tmp_path / "out"),
        *("--profile", str(tmp_path), "--size", "1024x700", "--theme", "dark"),
        secrets=secrets,
    )

    assert end_of(command) == (1, "")
    assert names(tmp_path / "out") == ["asset-mix.png", "bonds.png", "overview.png", "pension.png"]
    dark = TOKENS["dark"]
    for name, is_refused in (("pension.png", True), ("bonds.png", False), ("asset-mix.png", False)):
        image = picture(tmp_path / "out" / name)
        assert (image.width(), image.height()) == (1024, 700)
        assert image.pixelColor(3, 60).name() == dark["bg"].lower()
        edge = [image.pixelColor(286, y).name() for y in range(image.height())]  # of a card 456 wide
        assert (edge.count(dark["danger"].lower()) > 50) is is_refused


def test_reading_leaves_the_profile_as_it_was_and_scaling_the_size(tmp_path, broker):
    broker.show()
    secrets = profile_of(tmp_path, broker, ["irp"])
    before = (tmp_path / "settings.toml").read_bytes()

    command = start(str(tmp_path / "out"), "--profile", str(tmp_path), secrets=secrets, scale="1.5")

    assert end_of(command) == (0, "")
    assert sys.platform == "win32" or modes(tmp_path / "out") == {0o600}
    image = picture(tmp_path / "out" / "pension.png")
    assert (image.width(), image.height()) == (1280, 800)  # however large the screen's letters are
    assert names(tmp_path) == ["out", "settings.toml"]
    assert (tmp_path / "settings.toml").read_bytes() == before


def test_two_connections_with_one_view_have_a_picture_each(tmp_path, broker):
    broker.show()
    secrets = profile_of(tmp_path, broker, ["irp", "irp-2"])

    assert end_of(start(str(tmp_path / "out"), "--profile", str(tmp_path), secrets=secrets)) == (0, "")

    assert names(tmp_path / "out") == ["overview.png", "pension-irp-2.png", "pension.png"]


def test_without_a_key_in_the_keychain_there_is_a_picture_and_the_code_is_one(tmp_path, broker):
    profile_of(tmp_path, broker, ["kiwoom"])

    assert end_of(start(str(tmp_path / "out"), "--profile", str(tmp_path))) == (1, "")

    light = TOKENS["light"]
    assert light["danger"].lower() in colors_of(picture(tmp_path / "out" / "positions.png"))


def test_masked_english_pictures_differ_and_the_settings_can_ask_for_the_mask_too(tmp_path, broker):
    broker.show()
    secrets = profile_of(tmp_path, broker, ["irp"])
    named = ("--profile", str(tmp_path))
    plain, masked, english, chosen = (tmp_path / name for name in ("plain", "masked", "english", "chosen"))

    assert end_of(start(str(plain), *named, secrets=secrets)) == (0, "")
    assert end_of(start(str(masked), *named, "--mask", secrets=secrets)) == (0, "")
    assert end_of(start(str(english), *named, "--lang", "en", secrets=secrets)) == (0, "")
    with (tmp_path / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write('[look]\ntheme = "dark"\n[privacy]\nmask = true\n')
    assert end_of(start(str(chosen), *named, secrets=secrets)) == (0, "")

    pictures = [picture(each / "pension.png") for each in (plain, masked, english, chosen)]
    bar = [each.copy(0, 0, 1280, 48) for each in pictures]
    figures = [each.copy(16, 60, 400, 88) for each in pictures]
    assert figures[1] != figures[0]
    assert figures[3] == figures[1]  # masked, and not dark: the command line says light
    assert bar[2] != bar[0]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        assert str(folder) in refused(str(folder), "--demo")


def test_a_picture_that_cannot_be_written_is_no_success(tmp_path, broker):
    broker.show()
    secrets = profile_of(tmp_path, broker, ["irp"])
    (tmp_path / "out" / "pension.png").mkdir(parents=True)

    command = start(str(tmp_path / "out"), "--profile", str(tmp_path), secrets=secrets)
    code, said = end_of(command)

    assert (code, said.count("\n")) == (2, 1)
    assert "pension.png" in said


def test_the_demo_has_a_picture_of_each_tab_of_exactly_the_size(demo_pictures):
    folder, command = demo_pictures

    assert end_of(command) == (0, "")
    assert names(folder) == PICTURES
    light = {name: value.lower() for name, value in TOKENS["light"].items() if isinstance(value, str)}
    seen: list[QImage] = []
    for name in PICTURES:
        image = picture(folder / name)
        assert (image.width(), image.height()) == (1280, 800)
        found = colors_of(image)
        assert {light["bg"], light["surface"], light["text"], light["accent"]} <= found
        assert len(found) > 200  # letters have soft edges
        assert light["danger"] not in found
        assert image not in seen
        seen.append(image)
    assert not (folder.parents[1] / "profile").exists()
