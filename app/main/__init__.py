"""Builds, connects, runs and takes down: the one package that knows every other."""
