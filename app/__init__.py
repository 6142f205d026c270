"""Moa: one window for a person's holdings at Korean brokers, read-only."""

__version__ = "0.1.0"
