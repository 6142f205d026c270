"""Performance limits: `python -m benchmarks.NAME [--quick]` exits with 0 if they are met, otherwise 1."""
