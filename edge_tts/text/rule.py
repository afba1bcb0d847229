"""A rule of the normaliser: a pattern and what it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Expand = Callable[["re.Match[str]"], "Sequence[str] | None"]


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches at one place of the clean text."""

    pattern: re.Pattern[str]
    expand: Expand
    """Words of a match; None declines, and the next rule is tried. A word that ends
    with "." is a row of letters to name."""


def rule(pattern: str, expand: Expand, flags: int = 0) -> Rule:
    """Compile a rule; in patterns, spaces are literal."""
    return Rule(re.compile(pattern, flags), expand)
