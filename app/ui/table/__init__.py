"""The table of figures: model, painting, header, menus and copying."""
