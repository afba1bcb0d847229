"""Builds small EPUBs of both versions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

CONTAINER = """<?xml version="1.0"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="OEBPS/content.opf"
 media-type="application/oebps-package+xml"/></rootfiles></container>"""
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30


def page(body: str, title: str = "", extra: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>{title}</title>{extra}</head><body>{body}</body></html>"
    )


def nav(entries: str) -> str:
    return page(f'<nav epub:type="toc"><h1>Contents</h1><ol>{entries}</ol></nav>')


def ncx(points: str) -> str:
    return (
        '<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/">'
        f"<navMap>{points}</navMap></ncx>"
    )


def nav_point(title: str, target: str, inner: str = "") -> str:
    return (
        f"<navPoint><navLabel><text>{title}</text></navLabel>"
        f'<content src="{target}"/>{inner}</navPoint>'
    )


def package(
    documents: Mapping[str, str],
    *,
    extra_items: str = "",
    metadata: str = "",
    not_linear: tuple[str, ...] = (),
    toc: str = "",
) -> str:
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(documents)
    )
    refs = "".join(
        f'<itemref idref="i{n}" linear="{"no" if name in not_linear else "yes"}"/>'
        for n, name in enumerate(documents)
    )
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" '
        'version="3.0" unique-identifier="uid">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="uid">urn:isbn:1</dc:identifier>{metadata}</metadata>'
        f"<manifest>{items}{extra_items}</manifest><spine{toc}>{refs}</spine></package>"
    )


def archive(files: Mapping[str, str | bytes], *, method: int = 8) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in files.items():
            book.writestr(name, content)
    return target.getvalue()


def epub(
    documents: Mapping[str, str],
    *,
    nav_entries: str = "",
    ncx_points: str = "",
    metadata: str = "<dc:title>A Book</dc:title><dc:creator>A. Writer</dc:creator>",
    not_linear: tuple[str, ...] = (),
    files: Mapping[str, str | bytes] | None = None,
    extra_items: str = "",
) -> bytes:
    """An EPUB of some documents; names are relative to the package."""
    content: dict[str, str | bytes] = {"META-INF/container.xml": CONTAINER}
    toc = ""
    if nav_entries:
        extra_items += (
            '<item id="nav" href="nav.xhtml" properties="nav" '
            'media-type="application/xhtml+xml"/>'
        )
        content["OEBPS/nav.xhtml"] = nav(nav_entries)
    if ncx_points:
        extra_items += (
            '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        )
        content["OEBPS/toc.ncx"] = ncx(ncx_points)
        toc = ' toc="ncx"'
    content["OEBPS/content.opf"] = package(
        documents,
        extra_items=extra_items,
        metadata=metadata,
        not_linear=not_linear,
        toc=toc,
    )
    content |= {f"OEBPS/{name}": text for name, text in documents.items()}
    content |= dict(files or {})
    return archive(content)
