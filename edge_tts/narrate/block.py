"""Owns Block: one paragraph, heading, verse … of a chapter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_tts.text.span import Span


class BlockKind(str, Enum):
    """What a block is, as far as reading it aloud depends on it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    SCENE_BREAK = "scene_break"
    """A row of asterisks or a rule: no text, a longer silence."""
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    VERSE = "verse"
    """Lines end where the author ended them: "\\n" in the text counts."""
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    TABLE_ROW = "table_row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a chapter that no sentence leaves."""

    kind: BlockKind
    spans: tuple[Span, ...] = ()
    level: int = 0
    """1 to 6 for headings, depth of nesting from 0 for list items."""
    id: str = ""
    """Unique within the chapter, made of the content: see ``content_id``."""

    @property
    def text(self) -> str:
        """The written text of all spans."""
        return "".join(span.text for span in self.spans)
