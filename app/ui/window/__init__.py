"""The window around the tabs: bars, search, commands, tray icon and small window."""
