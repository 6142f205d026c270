"""Moa: one window on the holdings a person has at Korean brokers. It only reads."""

__version__ = "0.1.0"
