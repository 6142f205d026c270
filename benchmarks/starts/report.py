"""The report of a window's first paint."""

import os
import time


def painted() -> None:
    """Print the time, which all processes of a machine share, and end without more ado."""
    now = time.monotonic()
    os.write(1, f"{now}\n".encode())
    os._exit(0)
