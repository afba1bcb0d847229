"""Ids that are made of content, so that an edit moves no other id."""

from __future__ import annotations

import hashlib
import json

from edge_tts.narrate.block import Block
from edge_tts.narrate.block_json import block_to_json

_NUM_DIGITS = 12


class ContentIds:
    """Gives out ids that are unique within one book or one chapter.

    Equal content is numbered in order: an edit moves no other id, except those of
    exact repetitions behind it.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def of_text(self, text: str) -> str:
        """12 hexadecimal digits for ``text``, ``-2`` added for its second time."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        key = digest[:_NUM_DIGITS]
        number = self._seen[key] = self._seen.get(key, 0) + 1
        return key if number == 1 else f"{key}-{number}"

    def of_block(self, block: Block) -> str:
        """Id of a block: of its kind, its text and its directions."""
        return self.of_text(
            json.dumps(block_to_json(block), ensure_ascii=False, sort_keys=True)
        )
