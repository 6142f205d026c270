"""A desktop's Secret Service of one's own: a session bus, gnome-keyring, and a home that nobody else has."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.main.simulated import ROOT

TOOLS = ("dbus-run-session", "gnome-keyring-daemon")
_LIMIT_SECONDS = 60.0
_PASSWORD = "로그인 암호"
# The address goes out, and the bus lives until its input ends.
_SAY_ADDRESS = 'printf "%s\\n" "$DBUS_SESSION_BUS_ADDRESS"; exec cat'
_LOCK = "import secretstorage; secretstorage.get_default_collection(secretstorage.dbus_init()).lock()"
# The keyring takes its name before it has its objects: it is up once it answers.
_IS_UP = """
from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
NAME = "org.freedesktop.secrets"
bus = DBusAddress("/", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
service = DBusAddress("/org/freedesktop/secrets", bus_name=NAME, interface="org.freedesktop.Secret.Service")
with open_dbus_connection() as connection:
    is_up = connection.send_and_get_reply(new_method_call(bus, "NameHasOwner", "s", (NAME,))).body[0]
    if is_up:
        answer = connection.send_and_get_reply(new_method_call(service, "ReadAlias", "s", ("default",)))
        is_up = answer.header.message_type is MessageType.method_return
    print(is_up)
"""
_COLLECTIONS = """
import secretstorage
from jeepney import DBusAddress, new_method_call
bus = secretstorage.dbus_init()
address = DBusAddress("/", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
call = new_method_call(address, "GetConnectionUnixProcessID", "s", ("org.freedesktop.secrets",))
print("served by", bus.send_and_get_reply(call).body[0])
for each in secretstorage.get_all_collections(bus):
    print(each.collection_path, "locked" if each.is_locked() else "open", len(list(each.get_all_items())))
"""


def are_there() -> bool:
    """Whether this machine has what it takes."""
    return all(shutil.which(tool) for tool in TOOLS)


class Desktop:
    """A session without a screen: nobody answers a question of the keyring's."""

    def __init__(self, home: Path, address: str | None) -> None:
        self.home = home
        self.env = _environment(home)
        if address is not None:
            self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        self._daemon: subprocess.Popen[bytes] | None = None

    def unlock(self, password: str = _PASSWORD) -> None:
        """Start the keyring as a login does; its first start makes the login keyring."""
        command = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
        nothing = subprocess.DEVNULL
        self._daemon = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, env=self.env
        )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(password.encode())
        self._daemon.stdin.close()
        end = time.monotonic() + _LIMIT_SECONDS
        while self._python("-c", _IS_UP).strip() != "True":  # a call before that would start another one
            assert time.monotonic() < end, "gnome-keyring did not come up"
            time.sleep(0.05)

    def lock(self) -> None:
        """Lock the keyring, as a screen lock may do."""
        self._python("-c", _LOCK)

    def end_keyring(self) -> None:
        """The keyring's process ends."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGTERM)
            self._daemon.wait(_LIMIT_SECONDS)
            self._daemon = None

    def ask(self, *calls: Sequence[object]) -> dict[str, Any]:
        """What a process of its own gets from the keychain for these calls."""
        return json.loads(self._python("-m", "tests.faults.vaulting", said=json.dumps(calls)))

    def given(self, *calls: Sequence[object]) -> list[Any]:
        """What the keychain gives for these calls, none of which it refuses."""
        said = self.ask(*calls)
        assert all("gave" in each for each in said["answers"]), f"{said} of {self.state()}"
        return [each["gave"] for each in said["answers"]]

    def state(self) -> str:
        """The keyring's process, who has the service's name, and which of its collections are open."""
        if self._daemon is None:
            return "no keyring"
        seen = self._run([sys.executable, "-c", _COLLECTIONS])
        return f"process {self._daemon.pid} (ended: {self._daemon.poll()}), {seen.stdout}{seen.stderr}"

    def moa(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """The program, run to its end."""
        return self._run([sys.executable, "-m", "app", *arguments], env=env)

    def store_by_hand(self, name: str, secret: str) -> None:
        """Store a key as the manual says."""
        done = self._run([sys.executable, "-m", "keyring", "set", "moa", name], said=secret)
        assert done.returncode == 0, done.stderr

    def files(self) -> dict[Path, bytes]:
        """Every file of the home."""
        found = (each for each in self.home.rglob("*") if each.is_file() and not each.is_symlink())
        return {each: each.read_bytes() for each in found}

    def _python(self, *arguments: str, said: str = "") -> str:
        done = self._run([sys.executable, *arguments], said=said)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(
        self, command: list[str], *, said: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            input=said,
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            env=self.env | dict(env or {}),
            timeout=_LIMIT_SECONDS,
            check=False,
        )


def _environment(home: Path) -> dict[str, str]:
    """A home of its own, no screen, no bus, and the keychain that `keyring` finds by itself."""
    foreign = ("DBUS_", "XDG_", "PYTHON_KEYRING", "GNOME_KEYRING", "DISPLAY", "WAYLAND_DISPLAY")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    folders = {
        "HOME": home,
        "XDG_DATA_HOME": home / "data",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_STATE_HOME": home / "state",
        "XDG_RUNTIME_DIR": home / "run",
        "TMPDIR": home / "tmp",
    }
    for folder in folders.values():
        folder.mkdir(mode=0o700, exist_ok=True)
    return own | {name: str(folder) for name, folder in folders.items()} | {"QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def desktop(*, has_bus: bool = True) -> Iterator[Desktop]:
    """A session while the block runs; without a bus there is no keychain at all."""
    # A socket's path must be short, and a test's own folder has a long one.
    with tempfile.TemporaryDirectory(prefix="moa-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if not has_bus:
            yield Desktop(home, None)
            return
        bus = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", _SAY_ADDRESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(home),
        )
        assert bus.stdin is not None and bus.stdout is not None
        made = Desktop(home, bus.stdout.readline().decode().strip())
        try:
            yield made
        finally:
            made.end_keyring()
            bus.stdin.close()
            bus.wait(_LIMIT_SECONDS)
            bus.stdout.close()
