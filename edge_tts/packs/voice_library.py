"""Finds packs and speakers by name; opens packs, never changes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from edge_tts.errors import PackError
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack import Pack
from edge_tts.packs.speaker import Speaker
from edge_tts.packs.voice_folder import CLONE_SUFFIX, VoiceFolder, search_path

if TYPE_CHECKING:
    from edge_tts.packs.cloned_voice import ClonedVoice

_MAX_LISTED: Final = 40


class LibraryEntry(NamedTuple):
    """A pack that was found, whether or not it can be used."""

    path: Path
    """Directory or zip file."""
    origin: str
    """Origin of the folder it is in."""
    manifest: Manifest | None
    """None when it cannot be read."""
    problem: str | None
    """Why it cannot be read, on one line."""
    shadowed: bool
    """Whether a pack of the same id comes earlier in the search path."""


class ResolvedVoice(NamedTuple):
    """The pack and the speaker a name stands for."""

    path: Path
    manifest: Manifest
    speaker: Speaker
    cloned: ClonedVoice | None = None
    """The voice itself, where it does not come with the pack."""

    @property
    def name(self) -> str:
        """``PACK/SPEAKER``."""
        return f"{self.manifest.id}/{self.speaker.id}"

    def open(self) -> Pack:
        """Open the pack; the caller closes it."""
        return Pack.open(self.path)


class VoiceLibrary:
    """The packs of some folders.

    Args:
        folders: Where to look, in order; None for the search path of this user.
    """

    def __init__(self, folders: Sequence[VoiceFolder] | None = None) -> None:
        self._folders = tuple(search_path() if folders is None else folders)

    @property
    def folders(self) -> tuple[VoiceFolder, ...]:
        """Where it looks, in order."""
        return self._folders

    def entries(self) -> Iterator[LibraryEntry]:
        """Every pack in search order, unreadable ones too; opened one by one."""
        seen: set[str] = set()
        for folder in self._folders:
            for path in folder.pack_paths():
                try:
                    with Pack.open(path) as pack:
                        manifest = pack.manifest
                except PackError as error:
                    yield LibraryEntry(path, folder.origin, None, str(error), False)
                    continue
                shadowed = manifest.id in seen
                seen.add(manifest.id)
                yield LibraryEntry(path, folder.origin, manifest, None, shadowed)

    def resolve(self, voice: str, *, allow_path: bool = True) -> ResolvedVoice:
        """Find ``SPEAKER``, ``PACK``, ``PACK/SPEAKER``, a path, or ``PATH/SPEAKER``.

        A pack without a speaker means its default speaker. Names are compared without
        regard to case; a pack is preferred to a speaker of the same name, and both to
        a cloned voice. A path may be that of a cloned voice.

        Args:
            voice: The name.
            allow_path: Whether it may be a path; not where strangers name voices.

        Raises:
            PackError: Nothing fits; the message lists what there is.
        """
        if not voice.strip():
            raise PackError("no voice named; see `edgetts voices list`")
        found = self._by_name(voice) or self._by_clone(voice)
        if found is None and allow_path:
            found = self._by_clone_file(voice) or _by_path(voice)
        return found or self._not_found(voice)

    def clones(self) -> Iterator[Path]:
        """Files of cloned voices in search order."""
        for folder in self._folders:
            yield from folder.clone_paths()

    def find_pack(self, name: str) -> LibraryEntry:
        """Find a readable pack by id, by path, or by the name of one of its speakers.

        Raises:
            PackError: Nothing fits.
        """
        resolved = self.resolve(name)
        for entry in self.entries():
            if entry.path == resolved.path:
                return entry
        return LibraryEntry(resolved.path, "path", resolved.manifest, None, False)

    def _by_name(self, voice: str) -> ResolvedVoice | None:
        pack_id, slash, speaker_id = voice.lower().rpartition("/")
        if "/" in pack_id:
            return None
        by_speaker: ResolvedVoice | None = None
        for entry in self.entries():
            manifest = entry.manifest
            if manifest is None or entry.shadowed:
                continue
            if manifest.id == (pack_id if slash else speaker_id):
                chosen = speaker_id if slash else manifest.default_speaker
                known = any(speaker.id == chosen for speaker in manifest.speakers)
                cloned = None if known else self._by_clone(voice)
                return cloned or ResolvedVoice(
                    entry.path, manifest, manifest.speaker(chosen)
                )
            if slash or by_speaker is not None:
                continue
            for speaker in manifest.speakers:
                if speaker.id == speaker_id:
                    by_speaker = ResolvedVoice(entry.path, manifest, speaker)
        return by_speaker

    def _by_clone(self, voice: str) -> ResolvedVoice | None:
        pack_id, _, name = voice.lower().rpartition("/")
        for path in self.clones():
            if path.name == f"{name}{CLONE_SUFFIX}" and "/" not in pack_id:
                return self._with_pack(path, pack_id)
        return None

    def _by_clone_file(self, voice: str) -> ResolvedVoice | None:
        path = Path(voice).expanduser()
        if not (path.name.endswith(CLONE_SUFFIX) and path.is_file()):
            return None
        return self._with_pack(path, "")

    def _with_pack(self, path: Path, pack_id: str) -> ResolvedVoice | None:
        """A cloned voice with a pack of its networks: the one named, or the one that
        it was made with, or any other."""
        # On demand: few voices are cloned, and a command must not wait for the others.
        from edge_tts.packs.cloned_voice import (
            ClonedVoice,
            check_fits,
            pack_fingerprint,
        )

        cloned = ClonedVoice.load(path)
        fitting = []
        for entry in self.entries():
            manifest = entry.manifest
            if manifest is None or entry.shadowed:
                continue
            if manifest.id == pack_id:
                check_fits(cloned, manifest)
            elif pack_id or pack_fingerprint(manifest) != cloned.fingerprint:
                continue
            fitting.append(
                ResolvedVoice(entry.path, manifest, _speaker(cloned), cloned)
            )
        if not fitting and not pack_id:
            raise PackError(
                f"{path}: voice {cloned.name} needs pack {cloned.pack}, or another one "
                "of the same networks, and none is installed; see `edgetts voices add`"
            )
        fitting.sort(key=lambda found: found.manifest.id != cloned.pack)
        return fitting[0] if fitting else None

    def _not_found(self, voice: str) -> ResolvedVoice:
        names: list[str] = []
        broken: list[str] = []
        for entry in self.entries():
            if entry.manifest is None:
                broken.append(entry.problem or str(entry.path))
            elif not entry.shadowed:
                pack_id = entry.manifest.id
                names += [f"{pack_id}/{item.id}" for item in entry.manifest.speakers]
        names += [path.name.removesuffix(CLONE_SUFFIX) for path in self.clones()]
        message = f"no voice {voice!r}"
        close = _closest(voice.lower(), names)
        if close:
            message += f" (did you mean {close}?)"
        if names:
            listed = ", ".join(names[:_MAX_LISTED])
            more = ", ..." if len(names) > _MAX_LISTED else ""
            message += f"; voices here: {listed}{more}"
        else:
            message += "; no voice is installed, see `edgetts voices add`"
        if broken:
            message += f" (unreadable: {'; '.join(broken)})"
        raise PackError(message)


def _by_path(voice: str) -> ResolvedVoice | None:
    path = Path(voice).expanduser()
    if path.exists():
        with Pack.open(path) as pack:
            manifest = pack.manifest
        speaker = manifest.speaker(manifest.default_speaker)
        return ResolvedVoice(pack.location, manifest, speaker)
    if path.parent != Path() and (
        path.parent.suffix == ".zip" or (path.parent / "pack.json").is_file()
    ):
        with Pack.open(path.parent) as pack:
            manifest = pack.manifest
        return ResolvedVoice(pack.location, manifest, manifest.speaker(path.name))
    return None


def _speaker(cloned: ClonedVoice) -> Speaker:
    """What a list says of a cloned voice; its language is that of any text."""
    return Speaker(
        id=cloned.name,
        index=0,
        name=cloned.name,
        language="und",
        gender="unknown",
        licence="",
        description=cloned.consent,
        file="",
    )


def _closest(voice: str, names: Sequence[str]) -> str | None:
    """The name most like the one asked for, compared with and without its pack."""
    spellings = {name: name for name in names}
    for name in reversed(names):
        pack_id, _, speaker_id = name.partition("/")
        spellings[pack_id] = pack_id
        spellings[speaker_id] = speaker_id
    # On demand: only a mistake needs it.
    from difflib import get_close_matches

    close = get_close_matches(voice, spellings, n=1, cutoff=0.6)
    return spellings[close[0]] if close else None
