"""What a book may be at most; beyond these it is taken for an attack."""

from __future__ import annotations

from typing import Final

MAX_FILE_BYTES: Final = 512 << 20
"""Of a book file; pictures make EPUBs large."""
MAX_TEXT_BYTES: Final = 128 << 20
"""Of one text, HTML, Markdown or SSML file, and of all documents of an EPUB."""
MAX_DOCUMENT_BYTES: Final = 32 << 20
"""Of one document inside an EPUB."""
MAX_COVER_BYTES: Final = 32 << 20
MAX_ENTRIES: Final = 20_000
"""Files and folders of an EPUB."""
MAX_DIRECTORY_BYTES: Final = 8 << 20
"""Of the list of an archive's entries."""
MAX_COMPRESSION_RATIO: Final = 120
"""Of a document above ``RATIO_FREE_BYTES``; text reaches 10, deflate itself 1030."""
RATIO_FREE_BYTES: Final = 1 << 20
MAX_CHAPTERS: Final = 20_000
MAX_DEPTH: Final = 512
"""Nested elements of a document; deeper ones are read as if they stood there."""
MAX_ENTITIES: Final = 256
"""Entities that a document declares for itself."""
MAX_ENTITY_LENGTH: Final = 256
MAX_NAV_ENTRIES: Final = 20_000
MAX_BLOCK_CHARS: Final = 100_000
"""Of one block; a longer paragraph goes on in the next block."""
READ_BLOCK_BYTES: Final = 1 << 20
