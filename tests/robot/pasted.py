"""Another program that pastes: `python -m tests.robot.pasted` writes what is on the display's clipboard."""

import sys

from PySide6.QtGui import QGuiApplication

if __name__ == "__main__":
    qt = QGuiApplication(sys.argv)
    sys.stdout.buffer.write(qt.clipboard().text().encode())
