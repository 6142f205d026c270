"""`python -m app` is `moa`."""

import sys

if __name__ == "__main__":
    from app.main.system import process

    process.begin()  # before anything that takes time, because a signal may arrive at any moment

    from app.cli import main

    sys.exit(main())
