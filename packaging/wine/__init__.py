"""The Windows program on Debian: built and used under Wine."""
