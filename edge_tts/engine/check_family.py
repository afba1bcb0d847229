"""Compares a pack with what its family needs, before anything of it is opened."""

from __future__ import annotations

from edge_tts.errors import PackError
from edge_tts.models import FAMILIES
from edge_tts.models.base import MORE, ModelFamily
from edge_tts.packs import Manifest
from edge_tts.text.phonemes import SYMBOLS


def check_family(manifest: Manifest) -> ModelFamily:
    """Return the family of a pack that has all the family needs.

    Raises:
        PackError: The family is unknown or something is missing; the message names it.
    """
    family = FAMILIES.get(manifest.family)
    if family is None:
        raise PackError(
            f"pack {manifest.id}: family {manifest.family!r} is unknown, this version "
            f"runs {', '.join(FAMILIES)}; update edge_tts"
        )
    stages = {stage.id: stage for stage in manifest.stages}
    for need in family.stages:
        stage = stages.get(need.id)
        if stage is None:
            raise PackError(
                f"pack {manifest.id}: stage {need.id!r} is missing; "
                f"family {family.id} needs it"
            )
        for kind, wanted, declared in (
            ("inputs", need.inputs, stage.signature.inputs),
            ("outputs", need.outputs, stage.signature.outputs),
        ):
            found = tuple(tensor.name for tensor in declared)
            fixed = wanted[:-1] if wanted[-1] == MORE else wanted
            if found[: len(fixed)] != fixed or (fixed == wanted and found != wanted):
                raise PackError(
                    f"pack {manifest.id}: stage {need.id} has {kind} "
                    f"{', '.join(found)}; expected {', '.join(wanted)}"
                )
        if need.streamed and not stage.signature.states:
            raise PackError(
                f"pack {manifest.id}: stage {need.id} declares no states; "
                f"family {family.id} streams it"
            )
    for name in family.constants:
        if name not in manifest.constants:
            raise PackError(f"pack {manifest.id}: constant {name!r} is missing")
    symbols = manifest.frontend.tokenizer.symbols
    if symbols and symbols != SYMBOLS:
        raise PackError(
            f"pack {manifest.id}: its {len(symbols)} phoneme symbols are not those of "
            "this version; get a pack made for it"
        )
    return family
