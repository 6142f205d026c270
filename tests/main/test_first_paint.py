"""What the first paint does not wait for."""

import os
import subprocess
import sys

# Each of these, or what it brings along, takes longer to import than the window takes to be built.
LATE = (
    "asyncio",
    "app.brokers.http",
    "app.brokers.kis.client",
    "app.brokers.kiwoom.client",
    "app.brokers.parse",
    "app.domain.holdings",
    "app.services.book",
    "app.simulator",
    "httpx",
    "numpy",
)

CHILD = f"""
import os, sys
from app.cli import main

def painted():
    print(*(name for name in {LATE!r} if name in sys.modules), flush=True)
    os._exit(0)

main(["--demo"], painted=painted)
"""


def test_what_only_the_data_needs_is_imported_after_the_first_paint(tmp_path):
    env = {**os.environ, "MOA_PROFILE": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD], check=True, env=env, capture_output=True, timeout=60, encoding="utf-8"
    )
    assert done.stdout.split() == []
