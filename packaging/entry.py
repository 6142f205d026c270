"""The entry point of the frozen program."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()

    from app.main.system import process

    process.begin()  # before anything that takes time, because a signal may arrive at any moment

    from app.cli import main

    sys.exit(main())
