"""Owns ``edgetts clone``: a recording becomes a voice in this user's folder."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from edge_tts.errors import PackError
from edge_tts.options import RuntimeOptions
from edge_tts.packs.cloned_voice import CONSENT, ClonedVoice
from edge_tts.packs.voice_folder import CLONE_SUFFIX, user_folder
from edge_tts.packs.voice_library import VoiceLibrary
from edge_tts.voice_cloner import Clone, VoiceCloner, check_name


def run(options: Namespace) -> int:
    """Clone, save, and say what came of it."""
    name = options.name.lower()
    check_name(name)
    path = user_folder() / f"{name}{CLONE_SUFFIX}"
    _check_free(name, path, replace=options.replace)
    runtime = RuntimeOptions(backend=options.backend, num_threads=options.threads)
    with VoiceCloner(options.pack or "", runtime=runtime) as cloner:
        clone = cloner.clone(
            options.recording,
            name,
            options.seconds,
            progress=lambda step: _tell(f"{step} ...", options.quiet),
        )
    clone.voice.save(path)
    for warning in clone.warnings:
        print(f"edgetts: warning: {options.recording}: {warning}", file=sys.stderr)
    _report(clone, path, quiet=options.quiet)
    return 0


def _check_free(name: str, path: Path, *, replace: bool) -> None:
    """Refuse a name that is taken, before a second is spent on the recording."""
    if path.exists():
        if not replace:
            raise PackError(
                f"voice {name} exists already ({path}); choose another name, or "
                "replace it (--replace)"
            )
        return
    for entry in VoiceLibrary().entries():
        if entry.manifest is not None and name in (
            entry.manifest.id,
            *(speaker.id for speaker in entry.manifest.speakers),
        ):
            raise PackError(
                f"{name} is a voice of pack {entry.manifest.id}; choose another name"
            )


def _report(clone: Clone, path: Path, *, quiet: bool) -> None:
    voice: ClonedVoice = clone.voice
    size = path.stat().st_size
    print(
        f"cloned {voice.name} from {clone.seconds:.1f} s: {path} ({size / 1e6:.1f} MB)"
    )
    if not quiet:
        print(CONSENT)
        print(f'try it: edgetts say --voice {voice.name} "Hello."')


def _tell(line: str, quiet: bool) -> None:
    if not quiet and sys.stderr.isatty():
        print(line, file=sys.stderr)
