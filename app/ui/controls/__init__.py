"""The controls that dialogs, tabs and the window are built from."""
