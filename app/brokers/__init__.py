"""Broker-specific code with transaction ids and field names, one folder per broker."""
