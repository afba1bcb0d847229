"""Quantised candidates of a pack's stages, by recipe."""
