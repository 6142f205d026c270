"""The installer: compiled with NSIS on this system, then used as a Windows user would use it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import NamedTuple

import artifacts

from wine.checks import Failed, Place, sound, started, wait_for, wait_for_window

_UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Moa"
_RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
_LINK = "모아.lnk"


class Setup(NamedTuple):
    """An installer, the version that it installs, and what is in it."""

    path: Path
    version: str
    source: Path


def compiled(place: Place, source: Path, version: str) -> Setup:
    """Make the installer of a frozen program. Raises Unfit."""
    path = place.out / f"moa-{version}-setup.exe"
    return Setup(artifacts.installer(source, path, version), version, source)


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
