"""Saves history and settings for ever and says how far it got: `python -m tests.faults.saving DIR FROM`."""

import sys
from pathlib import Path

from app.domain.connections import View
from app.services.settings import FILE_NAME
from tests.faults.profile import history_in, save_refresh, snapshots


def main(folder: Path, number: int) -> None:
    """Count on; a number is said once both files hold it."""
    history = history_in(folder)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        number += 1
        history.save(snapshots(number))
        save_refresh(folder / FILE_NAME, View.PENSION, 1000 + number)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
