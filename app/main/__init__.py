"""The composition root: builds, connects, runs and shuts down the program."""
