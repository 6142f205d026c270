"""What the command line runs, one module each."""
