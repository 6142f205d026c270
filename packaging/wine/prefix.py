"""A Wine prefix with a real Windows CPython and the wheels that the lock names for Windows.

CPython's DLLs come from a wheel that carries them as the PSF built and signed them; its standard library is
the one of the Python that runs this. What Wine 8 lacks (see `shims`) is compiled here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import environment
import processes
from machine import Unfit

HERE = Path(__file__).parent
VERSION = (3, 11)  # of the DLLs; the standard library must be of the same one

_TARGET = "x86_64-w64-mingw32-"
_WINE_CRT = Path("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll")
_BUILTIN = slice(0x40, 0x60)  # where Wine marks a DLL as its own
_LEFT_OUT = {"__pycache__", "idlelib", "lib-dynload", "site-packages", "test", "tkinter", "turtledemo"}
_COMPLEX = (
    "cabs cacos cacosh carg casin casinh catan catanh ccos ccosh cexp cimag clog conj cpow cproj creal csin"
    " csinh csqrt ctan ctanh"
)
_OVERRIDES = "winemenubuilder.exe=d;ucrtbase=n;mscoree=d;mshtml=d"


class Ended(NamedTuple):
    """How a Windows program ended, and what it printed on both streams."""

    code: int
    text: str


class Prefix(NamedTuple):
    """The folder with the prefix, and the Python in it."""

    folder: Path

    @property
    def python(self) -> str:
        """The Windows Python."""
        return str(self.folder / "py" / "python.exe")

    @property
    def packages(self) -> Path:
        """Where its packages lie."""
        return self.folder / "py" / "Lib" / "site-packages"

    @property
    def drive(self) -> Path:
        """Its drive C:."""
        return self.folder / "prefix" / "drive_c"

    @property
    def user(self) -> Path:
        """The Windows user's own folder."""
        return next(each for each in (self.drive / "users").iterdir() if each.name != "Public")

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables for a program in it."""
        kept = {name: os.environ[name] for name in ("PATH", "DISPLAY", "XAUTHORITY") if name in os.environ}
        own = {
            "HOME": str(self.folder / "home"),
            "WINEPREFIX": str(self.folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _OVERRIDES,
            "PYTHONUTF8": "1",
        }
        return {**kept, **own, **(more or {})}

    def command(self, program: Sequence[str]) -> list[str]:
        """The command line of a Windows program with no network but loopback."""
        own_network = (
            ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
        )
        return [*own_network, "sh", "-c", 'ip link set lo up; exec wine "$@"', "wine", *program]

    def run(
        self,
        program: Sequence[str],
        *,
        limit: float,
        more: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Ended:
        """Run a Windows program to its end; after `limit` seconds it is stopped and the code is 124.

        Its streams are pipes: Wine lets nobody ask about inherited files, and Python would not start.
        """
        process = subprocess.Popen(
            self.command(program),
            env=self.variables(more),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(b"", limit)
            code = process.returncode
        except subprocess.TimeoutExpired:
            self.stop()
            processes.kill_tree(process)
            printed, code = process.communicate()[0], processes.TIMED_OUT
        return Ended(code, printed.decode("utf-8", "replace").replace("\r\n", "\n"))

    def stop(self) -> None:
        """End every program of the prefix."""
        subprocess.run(["wineserver", "-k"], env=self.variables(), check=False, capture_output=True)

    def windows_path(self, path: Path) -> str:
        """A path of this system as a Windows program names it."""
        return "Z:" + str(path.resolve()).replace("/", "\\")


def ensure(root: Path) -> Prefix:
    """Make the prefix where the lock or these files changed; else only look. Raises Unfit."""
    if sys.version_info[:2] != VERSION:
        raise Unfit("The Windows program is built here with Python {}.{}: run this with it.".format(*VERSION))
    lock = root / "packaging" / "requirements.lock"
    sources = [lock, *sorted(HERE.glob("*.txt")), HERE / "prefix.py", *sorted((HERE / "shims").iterdir())]
    digest = environment.fingerprint(VERSION, *(source.read_bytes() for source in sources))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "moa-wine"
    prefix = Prefix(cache / digest[:16])
    if not (prefix.folder / environment.STAMP).exists():
        print(f"Setting up a Windows Python in {prefix.folder} (this takes some minutes) ...", flush=True)
        shutil.rmtree(prefix.folder, ignore_errors=True)
        prefix.folder.mkdir(parents=True)
        _do([sys.executable, "-m", "venv", str(_tools(prefix))])  # a system's own Python may be without pip
        _python(prefix)
        _wheels(prefix, lock)
        _shims(prefix)
        _boot(prefix)
        (prefix.folder / environment.STAMP).touch()
    else:  # its services start with the first program: no step is to wait for them
        _wine(prefix, "wineboot")
    link = os.path.relpath(root, prefix.packages)
    (prefix.packages / "moa.pth").write_text(link + "\n", encoding="utf-8")
    return prefix


def _python(prefix: Prefix) -> None:
    """Put CPython's DLLs and its standard library into the folder."""
    home = prefix.folder / "py"
    (home / "DLLs").mkdir(parents=True)
    prefix.packages.mkdir(parents=True)
    carriers = {version: _carrier(prefix, version) for version in ("3.11", "3.12")}
    with zipfile.ZipFile(carriers["3.11"]) as carrier:
        for name in carrier.namelist():
            folder, _, file = name.rpartition("/")
            if folder != "deploy_libs" or file.startswith(("api-ms-", "tcl", "tk", "_tkinter")):
                continue
            beside_python = file in ("python311.dll", "VCRUNTIME140.dll")
            if file.endswith((".dll", ".pyd")):
                (home / ("" if beside_python else "DLLs") / file).write_bytes(carrier.read(name))
    with zipfile.ZipFile(carriers["3.12"]) as carrier:  # the newer one brings the second runtime too
        (home / "VCRUNTIME140_1.dll").write_bytes(carrier.read("deploy_libs/VCRUNTIME140_1.dll"))
    library = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(
        library,
        home / "Lib",
        dirs_exist_ok=True,
        symlinks=False,
        ignore=lambda _, names: {
            name for name in names if name in _LEFT_OUT or name.startswith(("_sysconfigdata", "config-"))
        },
    )
    # The frozen importlib of 3.11.8 and later calls this on the class.
    metadata = home / "Lib" / "importlib" / "metadata" / "__init__.py"
    text = metadata.read_text(encoding="utf-8")
    if "@classmethod\n    def invalidate_caches" not in text:
        decorated = text.replace(
            "    def invalidate_caches(cls)", "    @classmethod\n    def invalidate_caches(cls)"
        )
        metadata.write_text(decorated, encoding="utf-8")


def _carrier(prefix: Prefix, version: str) -> Path:
    """The checked wheel that carries the DLLs of a version of CPython."""
    folder = prefix.folder / "downloads" / version
    wanted = ["--platform", "win_amd64", "--implementation", "cp", "--python-version", version]
    strictly = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(HERE / "downloads.txt")]
    _do([*_pip(prefix), "download", "--quiet", "--dest", str(folder), *wanted, *strictly])
    return next(folder.glob("*.whl"))


def _wheels(prefix: Prefix, lock: Path) -> None:
    """Install what the lock names for Windows, each checked against its hash."""
    _do([*_pip(prefix), "install", "--quiet", "--require-hashes", "-r", str(HERE / "uv.txt")])
    platform = ["--python-platform", "x86_64-pc-windows-msvc", "--python-version", "3.11"]
    strictly = ["--only-binary", ":all:", "--require-hashes", "--link-mode", "copy"]
    where = ["--index-strategy", "unsafe-best-match", "--target", str(prefix.packages)]
    _do(
        [
            str(_tools(prefix) / "bin" / "uv"),
            "pip",
            "install",
            "--quiet",
            *platform,
            *strictly,
            *where,
            "-r",
            str(lock),
        ]
    )


def _shims(prefix: Prefix) -> None:
    """Compile the launcher, the stable ABI's DLL, and what Wine lacks."""
    home, made = prefix.folder / "py", prefix.folder / "made"
    made.mkdir()
    shims = HERE / "shims"
    names = [name for name in _exports(home / "python311.dll") if name.startswith(("Py", "_Py"))]
    stable = made / "python3.def"
    stable.write_text(_definitions("python3.dll", (f"{name} = python311.{name}" for name in names)))
    (made / "python311.def").write_text(_definitions("python311.dll", names))
    _do([_TARGET + "dlltool", "-d", str(made / "python311.def"), "-l", str(made / "libpython311.a")])
    library = ["-shared", "-nostartfiles", "-Wl,-e,DllMain"]
    icu = made / "icuuc.dll"
    _do([*_compiler(), *library, "-o", str(icu), str(shims / "icu.c"), "-lkernel32"])
    _do([*_compiler(), *library, "-o", str(home / "python3.dll"), str(shims / "empty.c"), str(stable)])
    resource = str(made / "launcher.o")
    _do([_TARGET + "windres", "-I", str(shims), str(shims / "launcher.rc"), "-O", "coff", "-o", resource])
    sources = [str(shims / "launcher.c"), resource, str(made / "libpython311.a")]
    _do([*_compiler(), "-municode", "-mconsole", "-o", str(home / "python.exe"), *sources])
    runtime = bytearray(_WINE_CRT.read_bytes())
    runtime[_BUILTIN] = bytes(_BUILTIN.stop - _BUILTIN.start)  # a native DLL from now on, under its own name
    (made / "ucrtwine.dll").write_bytes(runtime)
    own = {name + kind for name in _COMPLEX.split() for kind in ("", "f", "l")}
    own.add("_locking")
    entries = [f"{name} = moa_{name}" for name in sorted(own)]
    entries += [f"{name} = ucrtwine.{name}" for name in _exports(_WINE_CRT) if name not in own]
    (made / "ucrtbase.def").write_text(_definitions("ucrtbase.dll", entries))
    runtime_dll = made / "ucrtbase.dll"
    sources = [str(shims / "crt.c"), str(made / "ucrtbase.def")]
    _do([*_compiler(), *library, "-static-libgcc", "-o", str(runtime_dll), *sources])


def _boot(prefix: Prefix) -> None:
    """Make the prefix itself, as Windows 10, and put the shims where Windows has theirs."""
    (prefix.folder / "home").mkdir()
    for program in (["wineboot", "-i"], ["winecfg", "-v", "win10"]):
        _wine(prefix, *program, overrides=_OVERRIDES.replace("ucrtbase=n;", ""))
    subprocess.run(["wineserver", "-w"], env=prefix.variables(), check=False)
    for link in (prefix.drive / "users").rglob("*"):
        if link.is_symlink():  # Wine lets the desktop and the documents be those of this system
            link.unlink()
            link.mkdir()
    for name in ("icuuc.dll", "ucrtbase.dll", "ucrtwine.dll"):
        shutil.copy(prefix.folder / "made" / name, prefix.drive / "windows" / "system32" / name)
    probe = "import numpy, ssl; from PySide6 import QtCore, QtWidgets; print(QtCore.qVersion())"
    ended = prefix.run([prefix.python, "-c", probe], limit=120)
    if ended.code:
        raise Unfit(f"The Windows Python does not start:\n{ended.text}")


def _wine(prefix: Prefix, *program: str, overrides: str = _OVERRIDES) -> None:
    """Run a program of Wine's own."""
    own = {**prefix.variables(), "WINEDLLOVERRIDES": overrides}
    subprocess.run(["wine", *program], env=own, stdin=subprocess.DEVNULL, check=False, capture_output=True)


def _exports(dll: Path) -> list[str]:
    """The names that a DLL exports."""
    listing = processes.output([_TARGET + "objdump", "-p", str(dll)]) or ""
    table = listing.partition("[Ordinal/Name Pointer] Table")[2]
    return re.findall(r"^\s+\[ *\d+\] (\S+)$", table, re.MULTILINE)


def _definitions(library: str, entries: Iterable[str]) -> str:
    return f"LIBRARY {library}\nEXPORTS\n" + "".join(f"  {entry}\n" for entry in entries)


def _compiler() -> list[str]:
    return [_TARGET + "gcc", "-O2", "-s"]


def _tools(prefix: Prefix) -> Path:
    return prefix.folder / "tools"


def _pip(prefix: Prefix) -> list[str]:
    python = str(_tools(prefix) / "bin" / "python")
    return [python, "-m", "pip", "--no-input", "--disable-pip-version-check"]


def _do(command: list[str]) -> None:
    environment.set_up("the Windows Python", command)
