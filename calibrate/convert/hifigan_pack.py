"""The pack of a converted vocoder: files, variants and manifest."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from calibrate.convert.commit import current_commit
from calibrate.convert.onnx_graph import OnnxGraph
from calibrate.graphs.build_onnx import build_onnx
from calibrate.graphs.signature_json import signature_json
from edge_tts.models.mel_vocoder import MEL_VOCODER, STAGE
from edge_tts.network.stack_spec import StackSpec
from edge_tts.packs import PackWriter

LICENCE_FILE: Final = "LICENSE.txt"
MEL_FLOOR: Final = 1e-5
"""Smallest magnitude before the logarithm, in HiFi-GAN's own code."""


@dataclass(frozen=True)
class ExtraVariant:
    """A quantised variant that passed its gate."""

    declaration: Mapping[str, Any]
    """As in the manifest; ``files`` names keys of ``files``."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """File of the pack -> content."""


@dataclass(frozen=True)
class VocoderFacts:
    """What the manifest says beyond the network."""

    pack_id: str
    licence: str
    licence_text: bytes
    attribution: str
    origin: str
    command: str
    description: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    sample_rate: int = 0
    constants: Mapping[str, float] = field(default_factory=dict)

    def with_recipe(self, *, sample_rate: int, **mel: float) -> VocoderFacts:
        """How the spectrogram is made."""
        constants = {**mel, "mel_floor": MEL_FLOOR}
        return replace(self, sample_rate=sample_rate, constants=constants)

    def with_source(self, graph: OnnxGraph, description: str) -> VocoderFacts:
        """Where the weights come from."""
        source = {
            "name": graph.path.name,
            "file": graph.path.name,
            "sha256": hashlib.sha256(graph.data).hexdigest(),
            "size": len(graph.data),
            "licence": self.licence,
            **({"repo": self.origin} if self.origin else {}),
        }
        return replace(self, source=source, description=description)


def write_vocoder_pack(
    target: Path,
    spec: StackSpec,
    tensors: Mapping[str, NDArray[Any]],
    facts: VocoderFacts,
    extra: Sequence[ExtraVariant],
    *,
    replace: bool = False,
) -> Path:
    """Write the fp32 variants and the quantised ones.

    Raises:
        PackError: The target exists or cannot be written; nothing is left behind.
    """
    with PackWriter(target, replace=replace) as writer:
        writer.add_bytes(LICENCE_FILE, facts.licence_text)
        variants = [dict(variant.declaration) for variant in extra]
        for variant in extra:
            for name, data in variant.files.items():
                writer.add_bytes(name, data)
        text = json.dumps(spec.to_json(), separators=(",", ":"))
        writer.add_bytes(f"{STAGE}.fp32.json", text.encode())
        writer.add_tensors(f"{STAGE}.fp32.safetensors", dict(tensors))
        files = {"spec": f"{STAGE}.fp32.json", "tensors": f"{STAGE}.fp32.safetensors"}
        variants.append(variant_json("native", "fp32", "none", files))
        writer.add_bytes(f"{STAGE}.fp32.onnx", build_onnx(spec, tensors))
        for backend in ("ort", "openvino"):
            files = {"graph": f"{STAGE}.fp32.onnx"}
            variants.append(variant_json(backend, "fp32", "none", files))
        writer.finish(_manifest(spec, facts, variants))
    return target


def variant_json(
    backend: str,
    precision: str,
    scheme: str,
    files: Mapping[str, str],
    quality: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Declaration of one variant; fp32 needs no verdict."""
    return {
        "backend": backend,
        "precision": precision,
        "scheme": scheme,
        "files": dict(files),
        "quality": dict(quality or {}),
        "gate": "pass" if quality else "unmeasured",
    }


def _manifest(
    spec: StackSpec, facts: VocoderFacts, variants: list[dict[str, Any]]
) -> dict[str, Any]:
    rate = spec.values[spec.outputs[0]].rate
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "id": facts.pack_id,
        "version": "1.0.0",
        "family": MEL_VOCODER.id,
        "description": facts.description,
        "languages": ["und"],
        "licence": {
            "code": "Apache-2.0",
            "weights": facts.licence,
            "attribution": facts.attribution,
            "commercial": "yes" if facts.licence in _FREE else "ask",
            "file": LICENCE_FILE,
        },
        "source": [dict(facts.source)] if facts.source else [],
        "made_by": {
            "command": facts.command,
            "commit": current_commit(),
            "created": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "converter": "calibrate.convert hifigan 1",
        },
        "audio": {"sample_rate": facts.sample_rate, "hop_length": int(rate)},
        "rates": {"frame_hz": facts.sample_rate / int(rate)},
        "frontend": {
            "normalizer": "none",
            "phonemizer": {"kind": "none"},
            "tokenizer": {"kind": "none"},
        },
        "constants": dict(facts.constants),
        "stages": [
            {
                "id": STAGE,
                "kind": "map",
                **signature_json(spec),
                "lookahead": spec.lookahead,
                "receptive_field": spec.receptive_field,
                "rate": float(rate),
                "variants": variants,
            }
        ],
        "speakers": [
            {"id": "any", "index": 0, "name": "any speaker", "language": "und"}
        ],
        "default_speaker": "any",
        "streaming": {"mode": "exact"},
    }


_FREE: Final = ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC")
"""Licences known to allow commercial use."""
