"""What the open elements of a document mean for the text inside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edge_tts.narrate.block import BlockKind
from edge_tts.narrate.readers import markup_names as names
from edge_tts.text.span import Emphasis


@dataclass(frozen=True, slots=True)
class MarkupContext:
    """One open element, with what it inherits."""

    name: str = ""
    silent: bool = False
    """Whether its text is not read."""
    emphasis: Emphasis = Emphasis.NONE
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    is_verse: bool = False
    keep_lines: bool = False
    in_sup: bool = False
    note: str | None = None
    """Key of the note that is open; empty for one without an id."""
    link: str | None = None
    """Target of the link that is this element."""
    text_size: int = 0
    """Parts of the paragraph before this element."""

    def child(
        self, name: str, attributes: Mapping[str, str], text_size: int
    ) -> MarkupContext:
        """Context of an element inside, as far as its name and class say."""
        inner = replace(
            self,
            name=name,
            text_size=text_size,
            link=attributes.get("href") if name == "a" else None,
            in_sup=self.in_sup or name == "sup",
        )
        if name in names.SILENT or names.is_hidden(attributes):
            return replace(inner, silent=True)
        if name in names.EMPHASIS:
            return replace(inner, emphasis=names.EMPHASIS[name])
        if self.note is not None:
            # Whatever its parts are, a note is a note.
            return replace(inner, keep_lines=inner.keep_lines or name == "pre")
        return inner._of_block(name, attributes)

    def _of_block(self, name: str, attributes: Mapping[str, str]) -> MarkupContext:
        inner = self
        if names.has_class(attributes, names.VERSE_WORDS):
            inner = replace(inner, is_verse=True)
        if name in names.HEADINGS:
            return replace(inner, kind=BlockKind.HEADING, level=names.HEADINGS[name])
        if name == "blockquote" and inner.kind is BlockKind.PARAGRAPH:
            return replace(inner, kind=BlockKind.QUOTE)
        if name in ("ul", "ol", "menu", "dir"):
            level = inner.level + 1 if inner.kind is BlockKind.LIST_ITEM else 0
            return replace(inner, kind=BlockKind.LIST_ITEM, level=level)
        if name == "pre" or name == "listing":
            kind = BlockKind.VERSE
            if names.has_class(attributes, names.CODE_WORDS):
                kind = BlockKind.CODE
            return replace(inner, kind=kind, keep_lines=True)
        if name == "code" and inner.keep_lines:
            return replace(inner, kind=BlockKind.CODE)
        if name in ("caption", "figcaption"):
            return replace(inner, kind=BlockKind.CAPTION)
        if name == "table":
            return replace(inner, kind=BlockKind.TABLE_ROW, level=0)
        return inner
