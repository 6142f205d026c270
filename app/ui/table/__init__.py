"""The table of figures: its model, its painting, its header, its menus, what is copied from it."""
