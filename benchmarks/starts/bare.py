"""The least that a window with tabs can be: what starting costs before there is a program."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabWidget, QWidget

from benchmarks.starts.report import painted


class Window(QMainWindow):
    """Four empty tabs."""

    def __init__(self) -> None:
        super().__init__()
        tabs = QTabWidget()
        for title in ("One", "Two", "Three", "Four"):
            tabs.addTab(QWidget(), title)
        self.setCentralWidget(tabs)
        self.resize(1280, 800)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell in the turn after the paint, as Moa's window does."""
        super().paintEvent(event)
        QTimer.singleShot(0, painted)


application = QApplication(["bare"])
window = Window()
window.show()
application.exec()
