"""Requirements of the machine before any installation: a Python, and on Debian Qt's shared libraries.

Runs on older Pythons than the program itself, so that it can report what is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import processes

OS_RELEASE = Path("/etc/os-release")
SUPPORTED = ((3, 13), (3, 12), (3, 11))

# The libraries (from ldd) of Qt, of the platform plugins "offscreen" and "xcb" and related ones, except
# for those that each Debian has. Qt includes its own ICU. "a | b": either is sufficient, a gets installed.
QT_PACKAGES = (
    "libegl1",
    "libgl1",
    "libglib2.0-0",
    "libdbus-1-3",
    "libfontconfig1",
    "libfreetype6",
    "libgssapi-krb5-2",  # QtNetwork
    "libbrotli1",  # QtNetwork
    "libx11-6",
    "libx11-xcb1",
    "libxkbcommon0",
    "libxkbcommon-x11-0",
    "libxcb1",
    "libxcb-cursor0",
    "libxcb-glx0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-randr0",
    "libxcb-render-util0",
    "libxcb-render0",
    "libxcb-shape0",
    "libxcb-shm0",
    "libxcb-sync1",
    "libxcb-util1",
    "libxcb-xfixes0",
    "libxcb-xkb1",
    "fonts-nanum | fonts-noto-cjk | fonts-unfonts-core | fonts-baekmuk",
)
TEST_PACKAGES = ("xvfb", "xauth", "xdotool", "dbus-daemon | dbus", "gnome-keyring")
BUILD_PACKAGES = ("binutils",)  # PyInstaller uses objdump
# Wine, a compiler for what it lacks, the installer's compiler, and tools to inspect and drive the window.
WINDOWS_PACKAGES = (
    "wine",
    "wine64",
    "gcc-mingw-w64-x86-64-win32",
    "binutils-mingw-w64-x86-64",
    "nsis",
    "fonts-nanum",
    "iproute2",
    "locales",
    "imagemagick",
    "xvfb",
    "xdotool",
)


class Interpreter(NamedTuple):
    """A Python that can create the project's environment."""

    path: str
    version: tuple[int, int]
    base_prefix: str
    has_ensurepip: bool

    @property
    def is_the_systems(self) -> bool:
        """Return whether the system's package manager installed it."""
        return self.base_prefix == "/usr"


class Unfit(Exception):
    """The machine lacks something; the message states what to do about it."""


# --- Python -------------------------------------------------------------------------------------------------

_PROBE = (
    "import importlib.util, sys; print(sys.version_info[0], sys.version_info[1]);"
    " print(int(importlib.util.find_spec('ensurepip') is not None));"
    " print(sys.base_prefix); print(getattr(sys, '_base_executable', sys.executable))"
)


def probe(command: Sequence[str]) -> Interpreter | None:
    """Return the Python that `command` starts, None where it starts none."""
    answer = processes.output([*command, "-c", _PROBE])
    return None if answer is None else parse_probe(answer)


def parse_probe(answer: str) -> Interpreter:
    """Parse the four lines that an interpreter prints about itself."""
    version, ensurepip, prefix, path = answer.splitlines()[:4]
    major, minor = version.split()
    return Interpreter(path, (int(major), int(minor)), prefix, ensurepip == "1")


def candidates(windows: bool) -> list[list[str]]:
    """Return the commands that start a supported Python, newest first."""
    names = [[f"python{major}.{minor}"] for major, minor in SUPPORTED]
    launcher = [["py", f"-{major}.{minor}"] for major, minor in SUPPORTED] if windows else []
    return names + launcher


def choose_python(
    running: Interpreter | None,
    commands: Iterable[Sequence[str]],
    ask: Callable[[Sequence[str]], Interpreter | None] = probe,
) -> Interpreter:
    """Return the running Python if it is supported, otherwise the first supported one of `commands`."""
    if running is not None and running.version in SUPPORTED:
        return running
    for command in commands:
        found = ask(command)
        if found is not None and found.version in SUPPORTED:
            return found
    mine = "unknown" if running is None else ".".join(map(str, running.version))
    raise Unfit(
        f"This is Python {mine}; Moa needs 3.11, 3.12 or 3.13, and none of them is on PATH."
        " Install one, then run this again with it."
    )


def find_python() -> Interpreter:
    """Return the Python for the environment."""
    windows = sys.platform == "win32"
    return choose_python(probe([sys.executable]), candidates(windows))


# --- Debian's packages --------------------------------------------------------------------------------------


def is_debian(os_release: str) -> bool:
    """Return whether /etc/os-release is that of Debian or a derived system."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', " ").split()
    return "debian" in names or "ubuntu" in names


def installed_packages(dpkg_output: str) -> set[str]:
    """Return installed packages and what they provide; a line is status, name, provided names with tabs."""
    names: set[str] = set()
    for line in dpkg_output.splitlines():
        status, name, provides = [*line.split("\t"), "", ""][:3]
        if status == "installed":
            names.add(name)
            names.update(item.split()[0] for item in provides.split(",") if item.strip())
    return names


def missing_packages(wanted: Iterable[str], installed: set[str]) -> list[str]:
    """Return those of `wanted` without any installed alternative."""
    choices = [[name.strip() for name in alternatives.split("|")] for alternatives in wanted]
    return [names[0] for names in choices if installed.isdisjoint(names)]


def python_packages(python: Interpreter, *, build: bool) -> list[str]:
    """Return the parts of Python that Debian packages separately and that are needed here."""
    name = "{}.{}".format(*python.version)
    wanted: list[str] = []
    if python.is_the_systems and not python.has_ensurepip:
        wanted.append(f"python{name}-venv")
    if python.is_the_systems and build:
        wanted.append(f"libpython{name}")  # PyInstaller includes the shared library
    return wanted


def install_line(packages: Sequence[str]) -> list[str]:
    """Return the command that installs `packages`."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def ensure_packages(wanted: Iterable[str]) -> None:
    """Install missing packages of `wanted` on Debian and derived systems; do nothing elsewhere."""
    if not OS_RELEASE.exists() or not is_debian(OS_RELEASE.read_text(encoding="utf-8")):
        return
    listing = processes.output(["dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Provides}\n"])
    missing = missing_packages(wanted, installed_packages(listing or ""))
    if not missing:
        return
    command = install_line(missing)
    if os.geteuid() != 0:
        line = "sudo " + " ".join(command)
        raise Unfit(f"These packages are missing. Install them, then run this again:\n  {line}")
    print("Installing packages: " + " ".join(missing), flush=True)
    _apt(["apt-get", "update"])
    _apt(command)


def _apt(command: list[str]) -> None:
    """Run apt-get without questions, waiting for another one to finish, with output only on failure."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [command[0], "-qq", "-o", "DPkg::Lock::Timeout=300", *command[1:]]
    nothing = subprocess.DEVNULL
    done = subprocess.run(command, env=env, stdin=nothing, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unfit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
