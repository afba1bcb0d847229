"""Calibration inputs: what a pack's own front end and stages make of text."""
