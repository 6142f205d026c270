"""What the program must keep to: `python -m benchmarks.NAME [--quick]`, 0 when it does and 1 when not."""
