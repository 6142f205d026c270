"""The installer: compiled with NSIS on this system, then used as a Windows user would use it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import NamedTuple

import artifacts

from wine import screen
from wine.checks import WINDOW, Failed, Place, sound, started, wait_for, wait_for_window, windows

_UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Moa"
_RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
_LINK = "모아.lnk"
_LANGUAGES = "모아 · Moa"  # the title of the question for the language
_SIDE = "#E7F1F0"  # of the picture on the last page
_DIALOG_SECONDS = 180  # for all files to be written or removed


class Setup(NamedTuple):
    """An installer, the version that it installs, and what is in it."""

    path: Path
    version: str
    source: Path


class Words(NamedTuple):
    """What the installer is called in a language, and the keys that choose it."""

    setup: str
    removal: str
    link: str
    chosen_by: tuple[str, ...]


# The language of Windows is chosen already; another one is found by its first letter.
LANGUAGES = {
    "Korean": Words("^모아 설치", "^모아 제거", "모아.lnk", ("Return",)),
    "English": Words("^Moa Setup", "^Moa Uninstall", "Moa.lnk", ("e", "Return")),
}


def compiled(place: Place, source: Path, version: str, *, quick: bool) -> Setup:
    """Make the installer of a frozen program, large where it has to be quick. Raises Unfit."""
    path = place.out / f"moa-{version}-setup.exe"
    return Setup(artifacts.installer(source, path, version, quick=quick), version, source)


def folder(place: Place) -> Path:
    """Where the program is installed."""
    return place.prefix.user / "AppData" / "Local" / "Programs" / "Moa"


def links(place: Place) -> dict[str, Path]:
    """The shortcuts, by where they stand."""
    roaming = place.prefix.user / "AppData" / "Roaming"
    return {
        "start menu": roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs" / _LINK,
        "desktop": place.prefix.user / "Desktop" / _LINK,
    }


def registry(place: Place, key: str) -> dict[str, str]:
    """The values under a key; empty where there is none."""
    ended = place.run(["reg", "query", key], PYTHONUTF8="1")
    rows = (line.split(None, 2) for line in ended.text.splitlines() if line.startswith("    "))
    return {row[0]: row[2] if len(row) == 3 else "" for row in rows}


def install(place: Place, setup: Setup, *options: str) -> str:
    """Install without a question, and read back files, shortcuts and registry."""
    sound(place.run([place.prefix.windows_path(setup.path), "/S", *options], limit=300))
    found = {path.relative_to(folder(place)) for path in folder(place).rglob("*") if path.is_file()}
    wanted = {path.relative_to(setup.source) for path in setup.source.rglob("*") if path.is_file()}
    differing = (wanted | {Path("uninstall.exe")}) ^ found
    if differing:
        raise Failed(f"{len(differing)} files differ, {min(differing)} among them")
    entry = registry(place, _UNINSTALL)
    named = ("DisplayName", "DisplayVersion", "Publisher", "DisplayIcon", "EstimatedSize", "UninstallString")
    if missing := set(named) - set(entry):
        raise Failed(f"the entry of the installed programs lacks {', '.join(sorted(missing))}")
    if entry["DisplayVersion"] != setup.version:
        raise Failed(f"installed as {entry['DisplayVersion']}, not {setup.version}")
    asked = {"start menu", *(["desktop"] if "/DESKTOP" in options else [])}
    there = {name for name, path in links(place).items() if path.exists()}
    if not asked <= there:
        raise Failed(f"no shortcut: {', '.join(asked - there)}")
    if ("/STARTUP" in options) is not ("Moa" in registry(place, _RUN)):
        raise Failed("the start with Windows is not as it was asked for")
    return f"{len(found)} files, {int(entry['EstimatedSize'], 16) / 1000:.0f} MB"


def from_shortcut(place: Place) -> str:
    """The shortcut of the start menu opens the window."""
    start = time.monotonic()
    with started(place, ["start", "/unix", str(links(place)["start menu"])]):
        wait_for_window()
    return f"a window after {time.monotonic() - start:.0f} s"


def upgrade(place: Place, old: Setup, new: Setup) -> str:
    """A newer version installs over a running older one, which it closes; the profile stays."""
    install(place, old, "/DESKTOP", "/STARTUP")
    place.profile.mkdir(parents=True, exist_ok=True)
    kept = place.profile / "kept.txt"
    kept.write_text("kept", encoding="utf-8")
    with started(place, [place.prefix.windows_path(folder(place) / "moa.exe"), "--demo"]) as running:
        wait_for_window()
        install(place, new, "/DESKTOP", "/STARTUP")
        wait_for(lambda: running.poll() is not None, "the end of the older program", 20)
        if running.returncode:  # not ended by itself, but by force
            raise Failed(f"the older program ended with {running.returncode}")
    if kept.read_text(encoding="utf-8") != "kept":
        raise Failed("the profile was touched")
    return f"{old.version} to {new.version}"


def uninstall(place: Place) -> str:
    """Nothing but the profile is left."""
    profile = place.prefix.user / "AppData" / "Local" / "Moa"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "settings.toml").write_text("", encoding="utf-8")
    sound(place.run([place.prefix.windows_path(folder(place) / "uninstall.exe"), "/S"], limit=120))
    wait_for(lambda: not folder(place).exists(), "the folder's removal", 60)
    left = [name for name, path in links(place).items() if path.exists()]
    if left or registry(place, _UNINSTALL) or "Moa" in registry(place, _RUN):
        raise Failed(f"left behind: {', '.join(left) or 'registry entries'}")
    if not (profile / "settings.toml").exists():
        raise Failed("the profile is gone")
    shutil.rmtree(profile)
    return "only the profile is left"


# --- the dialogs --------------------------------------------------------------------------------------------


def by_dialogs(place: Place, old: Setup, new: Setup, language: str) -> str:
    """Install with a shortcut on the desktop, upgrade the running program, and remove it, all by keys."""
    words = LANGUAGES[language]
    desktop = links(place)["desktop"].with_name(words.link)
    with started(place, [place.prefix.windows_path(old.path)]) as running:
        _page(place, _LANGUAGES)
        screen.keys(*words.chosen_by)
        _page(place, words.setup)
        screen.keys("Down", "space")  # the first option: the shortcut on the desktop
        screen.effect(place, lambda: screen.keys("Return"), "the page with the folder")
        _page(place, words.setup)
        screen.keys("Return")
        _last_page(place, words.setup)
        screen.keys("Return")  # with a tick at starting the program
        wait_for_window()
        wait_for(lambda: running.poll() is not None, "the end of the installer", 30)
        if running.returncode or not desktop.exists():
            raise Failed(f"ended with {running.returncode}, shortcut: {desktop.exists()}")
        _upgrade(place, new, words)
    _remove(place, words)
    return f"{old.version}, {new.version}, removed"


def _upgrade(place: Place, setup: Setup, words: Words) -> None:
    """Over the running program, which is closed after a question; the language is not asked for again."""
    with started(place, [place.prefix.windows_path(setup.path)]) as running:
        _page(place, words.setup)
        screen.effect(place, lambda: screen.keys("Return"), "the page with the folder")
        _page(place, words.setup)
        screen.keys("Return")
        wait_for(lambda: len(windows(words.setup)) == 2, "the question whether to close the program", 30)
        _page(place, words.setup)
        screen.keys("Return")
        wait_for(lambda: not windows(WINDOW), "the end of the running program", 30)
        _last_page(place, words.setup)
        screen.keys("space", "Return")  # without starting the program
        wait_for(lambda: running.poll() is not None, "the end of the installer", 30)
        entry = registry(place, _UNINSTALL)
        if running.returncode or windows(WINDOW) or entry.get("DisplayVersion") != setup.version:
            raise Failed(f"ended with {running.returncode}, installed: {entry.get('DisplayVersion')}")


def _remove(place: Place, words: Words) -> None:
    """The profile goes along where that is asked for, which is done in English here, and stays in Korean."""
    kept = place.prefix.user / "AppData" / "Local" / "Moa" / "settings.toml"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("", encoding="utf-8")
    takes_profile = words is LANGUAGES["English"]
    with started(place, [place.prefix.windows_path(folder(place) / "uninstall.exe")]):
        _page(place, words.removal)
        if takes_profile:
            screen.keys("Down", "space")
        screen.keys("Return")
        wait_for(lambda: not folder(place).exists(), "the folder's removal", _DIALOG_SECONDS)
        _page(place, words.removal)
        screen.keys("Return")
        wait_for(lambda: not windows(words.removal), "the end of the removal", 30)
    if kept.exists() is takes_profile:
        raise Failed("the profile is gone" if takes_profile is False else "the profile is still there")
    shutil.rmtree(kept.parent, ignore_errors=True)
    if registry(place, _UNINSTALL):
        raise Failed("left behind: registry entries")


def _page(place: Place, title: str) -> None:
    """Wait for a page of a dialog and give it the keyboard. Raises Failed."""
    wait_for(lambda: bool(windows(title)), f"the dialog {title}", 60)
    screen.settle(place, f"the dialog {title}")
    screen.focus(title)


def _last_page(place: Place, title: str) -> None:
    """Wait until all is installed and give the page that says so the keyboard. Raises Failed."""
    wait_for(lambda: screen.shows(place, _SIDE), "the last page", _DIALOG_SECONDS)
    _page(place, title)
