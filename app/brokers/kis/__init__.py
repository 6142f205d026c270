"""KIS (한국투자증권): pension, bonds and asset mix over REST."""
