"""Charts. Import this package late: pyqtgraph and numpy take half a second to load."""
