"""Keychains that fail, for programs in processes of their own: PYTHON_KEYRING_BACKEND names one of them.

Each call is noted in the file that MOA_TEST_CALLS names. What they can give is in the environment, as for
`tests.main.keychain`.
"""

import os
import time
from pathlib import Path

import keyring.errors

from tests.main.keychain import EnvironmentKeychain

CALLS = "MOA_TEST_CALLS"
HANG_SECONDS = 30.0


class _Noting(EnvironmentKeychain):
    def _do(self, call: str) -> None:
        with Path(os.environ[CALLS]).open("a", encoding="utf-8") as notes:
            notes.write(f"{call}\n")
        self._trouble()

    def _trouble(self) -> None:
        """What happens to every call."""

    def get_password(self, service: str, username: str) -> str | None:
        self._do(f"get {service}/{username}")
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._do(f"set {service}/{username}")
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._do(f"delete {service}/{username}")
        super().delete_password(service, username)


class Denied(_Noting):
    """Its owner said no. It quotes what it was asked, as some do."""

    def _trouble(self) -> None:
        raise PermissionError(f"denied: {self._secrets}")


class Locked(_Noting):
    """Its owner has not opened it."""

    def _trouble(self) -> None:
        raise keyring.errors.KeyringLocked("Failed to unlock the collection!")


class Missing(_Noting):
    """There is none."""

    def _trouble(self) -> None:
        raise keyring.errors.NoKeyringError("No recommended backend was available.")


class Odd(_Noting):
    """Fails in a way of its own."""

    def _trouble(self) -> None:
        raise ArithmeticError(f"odd: {self._secrets}")


class Hanging(_Noting):
    """Answers after half a minute."""

    def _trouble(self) -> None:
        time.sleep(HANG_SECONDS)


class ReadOnly(_Noting):
    """Gives what it has, and takes nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self._do(f"set {service}/{username}")
        raise keyring.errors.PasswordSetError(f"cannot store {password}")


class Small(_Noting):
    """Takes no more than Windows does: 2,560 bytes of UTF-16."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2560:
            raise OSError(1783, "The stub received bad data.")
        super().set_password(service, username, password)
