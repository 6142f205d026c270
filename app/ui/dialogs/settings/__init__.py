"""The settings dialog: pages by topic, with a search."""
