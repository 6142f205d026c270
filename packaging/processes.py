"""Child processes: running one to its end within a time limit, including its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

TIMED_OUT = 124
NOT_FOUND = 127


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None, limit: float | None = None) -> int:
    """Run `command` and return its exit code.

    After `limit` seconds the whole process tree is killed and the result is 124, as with timeout(1).
    For a program that does not exist the result is 127, as in a shell.
    """
    sys.stdout.flush()
    try:
        # A command with a limit is not interactive, and leads a group so that all of it can be killed.
        alone = limit is not None
        nothing = subprocess.DEVNULL if alone else None
        process = subprocess.Popen(command, env=env, stdin=nothing, start_new_session=alone)
    except FileNotFoundError:
        print(f"{command[0]}: not found", file=sys.stderr)
        return NOT_FOUND
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        print(f"Still running after {limit:g} seconds, stopped: {' '.join(command)}", file=sys.stderr)
        return TIMED_OUT
    finally:
        if limit is not None:
            kill_tree(process)


def output(command: Sequence[str], *, env: Mapping[str, str] | None = None, limit: float = 30) -> str | None:
    """Return the output of `command`, None where it fails or does not exist."""
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=limit)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own group, and everything it started."""
    if sys.platform == "win32":
        if process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
