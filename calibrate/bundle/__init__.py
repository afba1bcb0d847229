"""Packs from float packs and judged candidates."""
