"""A keychain in a folder, for programs that start again and again: MOA_TEST_KEYCHAIN_FOLDER names it."""

import os
from pathlib import Path

import keyring.backend

VARIABLE = "MOA_TEST_KEYCHAIN_FOLDER"
BACKEND = f"{__name__}.FiledKeychain"


def file_of(folder: Path, service: str, username: str) -> Path:
    """Where a secret lies; each has a file of its own."""
    return folder / f"{service}--{username.replace('/', '--')}"


class FiledKeychain(keyring.backend.KeyringBackend):
    """Holds what was put into it, whoever did."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        file = self._file(service, username)
        return file.read_text("utf-8") if file.exists() else None

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file(service, username).write_text(password, "utf-8")

    def delete_password(self, service: str, username: str) -> None:
        self._file(service, username).unlink()

    @staticmethod
    def _file(service: str, username: str) -> Path:
        return file_of(Path(os.environ[VARIABLE]), service, username)
