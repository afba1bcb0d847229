"""What the tags of an audio file say, from what the book says about itself."""

from __future__ import annotations

from edge_tts.narrate.book import Book


def book_tags(book: Book, title: str, number: int | None) -> dict[str, str]:
    """Tags by the names that ffmpeg and ID3 share; empty ones are left out.

    Args:
        book: Gives album, artist and date.
        title: Of the file.
        number: Of the chapter, None for the whole book.
    """
    metadata = book.metadata
    tags = {
        "title": title,
        "album": metadata.title,
        "artist": metadata.author,
        "date": metadata.date[:4],
        "genre": "Audiobook",
    }
    if number is not None:
        tags["track"] = f"{number}/{len(book.chapters)}"
    return {name: " ".join(value.split()) for name, value in tags.items() if value}
