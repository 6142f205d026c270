"""Stores, reads and removes secrets in Windows' own vault by the program's keychain."""

import asyncio
import sys

from app.services.secrets import Keychain

NAME = "vault-check/token"
# The longest token that a broker is known to send, and one with what a shell or a file would spoil.
SECRETS = ("ey" + "Jh9_-." * 200, "앱키 with blanks, 'quotes' and 한글")


async def round_trip() -> str:
    """The name of the vault, after each secret has come back as it went in. Raises AssertionError."""
    keychain = Keychain()
    name, _ = await keychain.check()
    for secret in SECRETS:
        await keychain.set(NAME, secret)
        assert await keychain.get(NAME) == secret, "a secret came back changed"
    await keychain.change({NAME: None})
    assert await keychain.get(NAME) is None, "a removed secret is still there"
    return name


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(round_trip()) + "\n")
