"""Everything that knows a broker's transaction ids and field names, one folder per broker."""
