"""Domain objects and errors; standard library only, without input or output."""
