"""Networks of ordinary shapes with random weights, to measure engines on."""
