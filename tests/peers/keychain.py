"""A keychain for tests: the secrets of one JSON file, which the environment names."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend

FILE = "MOA_TEST_KEYCHAIN"


class FileKeychain(KeyringBackend):
    """Reads and writes the file at every call."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return self._secrets().get(f"{service}:{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        secrets = self._secrets() | {f"{service}:{username}": password}
        Path(os.environ[FILE]).write_text(json.dumps(secrets), encoding="utf-8")

    @staticmethod
    def _secrets() -> dict[str, str]:
        return json.loads(Path(os.environ[FILE]).read_text(encoding="utf-8"))
