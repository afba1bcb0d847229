"""Reads lists of words that data modules write as running text."""

from __future__ import annotations


def word_list(text: str) -> tuple[str, ...]:
    """Words between white space, in order."""
    return tuple(text.split())


def word_set(text: str) -> frozenset[str]:
    """The same as a set."""
    return frozenset(text.split())
