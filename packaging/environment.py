"""The project's environment in `.venv`: packages of packaging/requirements.lock, and the checkout."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

import processes
from machine import Interpreter, Unfit

STAMP = "moa-stamp"
LAYOUT = "1"  # increase it when the contents of the environment change

_SH_LAUNCHER = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -P -m app "$@"\n'
_CMD_LAUNCHER = '@"%~dp0python.exe" -P -m app %*\r\n'


class Environment(NamedTuple):
    """A virtual environment with the location of its programs."""

    folder: Path
    windows: bool = sys.platform == "win32"

    @property
    def programs(self) -> Path:
        """Return the folder of its programs."""
        return self.folder / ("Scripts" if self.windows else "bin")

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.programs / (name + ".exe" if self.windows else name))

    @property
    def python(self) -> str:
        """Return the path of its Python."""
        return self.program("python")


def ensure(root: Path, python: Interpreter) -> Environment:
    """Create or refresh `.venv` if the lock, pyproject.toml or the Python has changed."""
    env = Environment(root / ".venv")
    lock = root / "packaging" / "requirements.lock"
    wanted = fingerprint(python.version, lock.read_bytes(), (root / "pyproject.toml").read_bytes())
    stamp = env.folder / STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and Path(env.python).exists():
        return env
    print("Setting up .venv with Python {}.{} (this takes a minute) ...".format(*python.version), flush=True)
    if not usable(env, python.version):
        set_up(".venv", [python.path, "-m", "venv", "--clear", str(env.folder)])
    install(env, lock)
    link_checkout(env, root)
    stamp.write_text(wanted, encoding="utf-8")
    return env


def fingerprint(version: tuple[int, int], *contents: bytes) -> str:
    """Return a fingerprint of the environment's Python and contents."""
    digest = hashlib.sha256(repr((LAYOUT, version)).encode())
    for content in contents:
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()


def usable(env: Environment, version: tuple[int, int]) -> bool:
    """Return whether the environment exists with this version of Python and a working pip."""
    code = "import sys, pip; print(sys.version_info[0], sys.version_info[1])"
    answer = processes.output([env.python, "-c", code])
    return answer is not None and answer.split() == [str(part) for part in version]


def install(env: Environment, lock: Path) -> None:
    """Install the lock, only from wheels that match their hashes."""
    quietly = ["--quiet", "--no-input", "--disable-pip-version-check"]
    strictly = ["--only-binary=:all:", "--require-hashes"]
    set_up(".venv", [env.python, "-m", "pip", "install", *quietly, *strictly, "-r", str(lock)])


def link_checkout(env: Environment, root: Path) -> None:
    """Make the checkout importable in the environment, with the command `moa`.

    A path file replaces an editable install, without a build back end. Its path is relative, so that
    the folder can be renamed.
    """
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path((processes.output([env.python, "-c", code]) or "").strip())
    (packages / "moa.pth").write_text(os.path.relpath(root, packages) + "\n", encoding="utf-8")
    if env.windows:
        (env.programs / "moa.cmd").write_bytes(_CMD_LAUNCHER.encode())
    else:
        launcher = env.programs / "moa"
        launcher.write_text(_SH_LAUNCHER, encoding="utf-8")
        launcher.chmod(0o755)


def clean_variables() -> dict[str, str]:
    """Return environment variables without those that affect Python."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def set_up(what: str, command: list[str], *, limit: float | None = None) -> None:
    """Run a step of the setup, with its own message on failure. Raises Unfit."""
    code = processes.run(command, env=clean_variables(), limit=limit)
    if code:
        raise Unfit(f"Could not set up {what}: exit code {code} from\n  {' '.join(command)}")
