"""The dialog of the settings: a page for each kind, found by words."""
