"""Programs that say when their window was first painted, and end there."""
