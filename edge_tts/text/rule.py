"""A rule of the normaliser: a pattern and what it stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Expand = Callable[["re.Match[str]"], "Sequence[str] | None"]


class Rule:
    """Matches at one place of the clean text.

    The pattern is compiled at first use: most texts need few of them, and compiling all
    takes longer than loading everything else.

    Args:
        source: Regular expression.
        expand: Words of a match; None declines, and the next rule is tried. A word that
            ends with "." is a row of letters to name.
    """

    __slots__ = ("_pattern", "_source", "expand")

    def __init__(self, source: str, expand: Expand) -> None:
        self._source = source
        self._pattern: re.Pattern[str] | None = None
        self.expand = expand

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        if self._pattern is None:
            self._pattern = re.compile(self._source)
        return self._pattern
