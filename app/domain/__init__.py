"""What an investor owns and what can go wrong. The standard library alone, no input or output."""
