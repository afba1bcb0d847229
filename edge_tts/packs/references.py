"""Checks of a manifest that span several of its parts; reads no files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge_tts.errors import PackError
from edge_tts.packs.constant import TensorRef, check_rectangle
from edge_tts.packs.loops import LOOPS, AutoregressiveLoop, OdeLoop
from edge_tts.packs.manifest import Manifest
from edge_tts.packs.pack_file import MANIFEST_NAME
from edge_tts.packs.stage import Stage
from edge_tts.packs.tensor_spec import split_dim


def check_references(manifest: Manifest) -> None:
    """Refuse names that occur twice and names that lead nowhere.

    Raises:
        PackError: The message names the key.
    """
    _check_files(manifest)
    for name, constant in manifest.constants.items():
        if not isinstance(constant, TensorRef):
            check_rectangle(constant, f"constants.{name}")
    _unique("stages", (stage.id for stage in manifest.stages))
    _unique("speakers", (speaker.id for speaker in manifest.speakers))
    _unique("speakers", (str(speaker.index) for speaker in manifest.speakers))
    manifest.speaker(manifest.default_speaker)
    for position, stage in enumerate(manifest.stages):
        _check_stage(manifest, stage, f"stages[{position}]")
    if manifest.reference is not None:
        for stage_id in manifest.reference.stages:
            manifest.stage(stage_id)
    if manifest.streaming.first_frames > manifest.streaming.max_frames:
        raise PackError("streaming: first_frames is larger than max_frames")
    tokenizer = manifest.frontend.tokenizer
    _unique("frontend.tokenizer.symbols", tokenizer.symbols)
    if (tokenizer.kind == "symbols") != bool(tokenizer.symbols):
        raise PackError(
            "frontend.tokenizer.symbols: belongs to kind symbols, and only there"
        )
    if (tokenizer.kind in ("symbols", "none")) == bool(tokenizer.file):
        raise PackError(
            f"frontend.tokenizer.file: wrong for a tokenizer of kind {tokenizer.kind}"
        )


def _check_files(manifest: Manifest) -> None:
    files = manifest.files
    if MANIFEST_NAME in files:
        raise PackError(f"files.{MANIFEST_NAME}: the manifest cannot list itself")
    # Case-insensitive file systems would let one of two such files stand for both.
    _unique("files", (name.casefold() for name in [*files, MANIFEST_NAME]))
    folders = {
        "/".join(parts[:depth]).casefold()
        for parts in (name.split("/") for name in files)
        for depth in range(1, len(parts))
    }
    for name in files:
        if name.casefold() in folders:
            raise PackError(f"files.{name}: is both a file and a folder")
    for where, name in _used_files(manifest):
        if name not in files:
            raise PackError(f"{where}: file {name!r} is not listed under files")


def _used_files(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "licence.file", manifest.licence.file
    if manifest.frontend.tokenizer.file:
        yield "frontend.tokenizer.file", manifest.frontend.tokenizer.file
    for name, constant in manifest.constants.items():
        if isinstance(constant, TensorRef):
            yield f"constants.{name}.file", constant.file
    for speaker in manifest.speakers:
        if speaker.file:
            yield f"speakers ({speaker.id}).file", speaker.file
    for position, stage in enumerate(manifest.stages):
        for number, variant in enumerate(stage.variants):
            for role, name in variant.files.items():
                yield f"stages[{position}].variants[{number}].files.{role}", name


def _check_stage(manifest: Manifest, stage: Stage, where: str) -> None:
    signature = stage.signature
    names = [tensor.name for tensor in (*signature.inputs, *signature.outputs)]
    for state in signature.states:
        names += [state.name, state.next_name]
        if state.update == "append" and not state.max_length:
            raise PackError(f"{where}: state {state.name} needs max_length to append")
        if state.update != "append" and 0 in state.shape:
            raise PackError(f"{where}: state {state.name} has a dimension of size 0")
        if state.axis >= max(len(state.shape), 1):
            raise PackError(f"{where}: state {state.name} has no axis {state.axis}")
        if state.init == "constant" and state.name not in manifest.constants:
            raise PackError(f"{where}: state {state.name} has no constant to start at")
    _unique(where, names)
    for tensor in signature.outputs:
        for dim in tensor.shape:
            _, symbol = split_dim(dim)
            if symbol is not None and symbol not in signature.symbols:
                raise PackError(
                    f"{where}: output {tensor.name} has dimension {dim}, "
                    f"but no input has {symbol}"
                )
    _check_kind(manifest, stage, where)
    for number, variant in enumerate(stage.variants):
        native = variant.backend == "native"
        expected = {"spec", "tensors"} if native else {"graph"}
        if set(variant.files) != expected:
            raise PackError(
                f"{where}.variants[{number}].files: expected "
                f"{' and '.join(sorted(expected))} for backend {variant.backend}, "
                f"got {', '.join(variant.files) or 'nothing'}"
            )


def _check_kind(manifest: Manifest, stage: Stage, where: str) -> None:
    is_host = stage.kind == "host"
    if is_host != bool(stage.op):
        raise PackError(f"{where}: stages of kind host have an 'op', others have none")
    if is_host == bool(stage.variants):
        raise PackError(
            f"{where}: expected {'no' if is_host else 'at least one'} variant for a "
            f"stage of kind {stage.kind}, got {len(stage.variants)}"
        )
    expected = {stage.kind} & LOOPS.keys()
    if stage.loops.keys() != expected:
        raise PackError(
            f"{where}: a stage of kind {stage.kind} has the block "
            f"{''.join(expected) or '(none)'}, got {', '.join(stage.loops) or 'none'}"
        )
    for loop in stage.loops.values():
        if (
            isinstance(loop, AutoregressiveLoop)
            and loop.sampler not in manifest.samplers
        ):
            raise PackError(f"{where}.ar.sampler: no sampler {loop.sampler!r}")
        if (
            isinstance(loop, OdeLoop)
            and loop.noise != "random"
            and loop.noise not in manifest.constants
        ):
            raise PackError(f"{where}.ode.noise: no constant {loop.noise!r}")


def _unique(where: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise PackError(f"{where}: {name!r} occurs twice")
        seen.add(name)
