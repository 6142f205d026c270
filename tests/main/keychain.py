"""A keychain for a program in a process of its own: it opens with what is in the environment."""

import json
import os

import keyring.backend

from tests.main.simulated import KEYCHAIN


class EnvironmentKeychain(keyring.backend.KeyringBackend):
    """Holds the secrets of the environment variable, and what the program adds as long as it runs."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[str, str] = json.loads(os.environ.get(KEYCHAIN, "{}"))

    def get_password(self, service: str, username: str) -> str | None:
        return self._secrets.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._secrets[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        del self._secrets[f"{service}/{username}"]


class PlaintextKeyring(EnvironmentKeychain):
    """Goes by the name of a back end that encrypts nothing."""


PlaintextKeyring.__module__ = "keyrings.alt.file"
