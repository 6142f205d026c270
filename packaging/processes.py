"""Child processes: run one to its end, within a time limit, and leave none of its children behind."""

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
    """Run `command` and give its exit code.

    After `limit` seconds the whole process tree is killed and the answer is 124, as with timeout(1).
    A program that does not exist answers 127, as in a shell.
    """
    sys.stdout.flush()
    try:
        # A command with a limit is nobody's conversation, and leads a group so that all of it can be killed.
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
    """What `command` prints, or None where it fails or does not exist."""
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=limit)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own, and everything it started."""
    if sys.platform == "win32":
        if process.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(command, capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
