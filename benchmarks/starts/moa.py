"""`moa --demo`, from its command line on."""

from app.cli import main
from benchmarks.starts.report import painted

main(["--demo"], painted=painted)
