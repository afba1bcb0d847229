"""What the machine can do at most, read by small C loops when a benchmark starts."""
