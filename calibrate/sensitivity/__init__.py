"""Which layers may lose precision, measured at the sound."""
