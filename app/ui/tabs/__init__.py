"""The window's tabs, in their order: a new one is a module here and an entry in TABS."""

from app.ui.tabs import asset_mix, bonds, pension, positions

TABS = (pension.SPEC, bonds.SPEC, asset_mix.SPEC, positions.SPEC)
