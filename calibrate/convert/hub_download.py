"""Fetches files of a model from the Hugging Face hub: resumable and verified."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.message import Message
from pathlib import Path
from typing import Any, Final

from calibrate.convert.errors import ConversionError

HUB: Final = "https://huggingface.co"
_BLOCK: Final = 1 << 20
_TIMEOUT_S: Final = 60.0
_LOG = logging.getLogger(__name__)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Keeps the answer that names the digest, instead of following it."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def download(
    repo: str,
    names: Sequence[str],
    folder: Path,
    revision: str = "main",
    hub: str = HUB,
) -> None:
    """Fetch files that are not there yet; call it again after an interruption.

    The hub names the SHA-256 of large files; those are compared, and a file that
    differs is removed. What is not finished lies beside its place as ``NAME.part``.

    Args:
        repo: ``OWNER/NAME``.
        names: Files of the repository.
        folder: Where to put them.
        revision: Branch, tag or commit.
        hub: Address of the hub.

    Raises:
        ConversionError: There is no network, no such file, or it is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = folder / name
        if target.exists():
            _LOG.info("%s is there", target)
            continue
        url = f"{hub}/{repo}/resolve/{revision}/{name}"
        try:
            _fetch(url, target)
        except urllib.error.HTTPError as error:
            raise ConversionError(f"{url}: {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ConversionError(
                f"{url}: {error}; run the command again to go on"
            ) from error


def _fetch(url: str, target: Path) -> None:
    facts = _facts(url)
    digest = facts.get("X-Linked-Etag", "").strip('"')
    part = target.with_name(f"{target.name}.part")
    there = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url)
    if there:
        request.add_header("Range", f"bytes={there}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        # A server without ranges sends all of it again.
        mode = "ab" if answer.status == 206 else "wb"
        total = int(answer.headers.get("Content-Length", 0))
        total += there if mode == "ab" else 0
        done = there if mode == "ab" else 0
        with part.open(mode) as file:
            while block := answer.read(_BLOCK):
                file.write(block)
                done += len(block)
                _LOG.info("%s: %d of %d MB", target.name, done >> 20, total >> 20)
    if total and part.stat().st_size != total:
        raise ConnectionError(f"{part.stat().st_size} of {total} bytes arrived")
    if len(digest) == 64 and _sha256(part) != digest:
        part.unlink()
        raise ConversionError(
            f"{url}: the file that arrived has another SHA-256 than the hub says; "
            "run the command again"
        )
    os.replace(part, target)


def _facts(url: str) -> Message:
    """Headers of the hub's first answer."""
    opener = urllib.request.build_opener(_Stay)
    request = urllib.request.Request(url, method="HEAD")
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            headers: Message = answer.headers
            return headers
    except urllib.error.HTTPError as error:
        if error.code in (301, 302, 303, 307, 308):
            return error.headers
        raise


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
