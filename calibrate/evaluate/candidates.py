"""Judges candidates at the sound, and their time against float on the same backend."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from calibrate.bundle.command import write_bundle
from calibrate.dataset.recorded_inputs import Sentence
from calibrate.evaluate.listener import listener
from calibrate.evaluate.sound_distance import Figures
from calibrate.graphs.build_onnx import build_onnx
from calibrate.progress import progress
from calibrate.quantize.candidate import Candidate, load_candidates
from calibrate.quantize.float_stacks import FloatStack
from edge_tts.backends.base import StageExecutor
from edge_tts.backends.native_session import NativeSession
from edge_tts.backends.registry import backend_problems, open_executor
from edge_tts.errors import EdgeTTSError
from edge_tts.packs import Pack, Stage
from edge_tts.tuning.stage_probe import StageProbe, rows_of

_ROUNDS = 9
_LOG = logging.getLogger(__name__)


def judge_candidates(
    folder: Path,
    pack: Pack,
    stacks: Mapping[str, FloatStack],
    sentences: Sequence[Sentence],
) -> dict[str, Figures]:
    """Write figures into the candidates that have none yet.

    Returns:
        ``CANDIDATE BACKEND`` -> figures, ``time_ratio`` being that to float.
    """
    manifest = pack.manifest
    judge = listener(manifest, stacks, sentences)
    problems = backend_problems()
    table: dict[str, Figures] = {}
    for path, found in progress("evaluate", load_candidates(folder)):
        candidate = found
        for backend in candidate.backends:
            figures = candidate.quality.get(backend)
            if not figures and problems[backend] is None:
                stage = manifest.stage(candidate.stage)
                try:
                    with _opened(pack, stage, path, candidate, backend) as executor:
                        figures = judge.figures(stage.id, executor)
                        stack = stacks[stage.id]
                        ratio = _time_ratio(pack, stage, stack, executor, backend)
                        figures = {**figures, "time_ratio": round(ratio, 3)}
                except EdgeTTSError as error:
                    _LOG.warning("%s %s: %s", path.name, backend, error)
                    continue
                quality = {**candidate.quality, backend: figures}
                candidate = replace(candidate, quality=quality)
                candidate.save(path)
            if figures:
                table[f"{path.name} {backend}"] = dict(figures)
    return table


class _opened:
    """An executor of a candidate, from a pack that lasts as long."""

    def __init__(
        self, pack: Pack, stage: Stage, path: Path, candidate: Candidate, backend: str
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        unjudged = replace(candidate, quality={})
        draft = Path(self._folder.name, "draft")
        write_bundle(draft, pack, [(path, unjudged, backend)], "draft")
        with Pack.open(draft) as made:
            variant = made.manifest.stage(stage.id).variants[0]
            self._executor = open_executor(made, stage, variant)

    def __enter__(self) -> StageExecutor:
        return self._executor

    def __exit__(self, *ignored: object) -> None:
        self._executor.close()
        self._folder.cleanup()


def _time_ratio(
    pack: Pack,
    stage: Stage,
    stack: FloatStack,
    executor: StageExecutor,
    backend: str,
) -> float:
    """Time of the candidate over that of float on the same backend, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        reference = _float_executor(Path(folder), pack, stage, stack, backend)
        rows = rows_of(stage, (48,))
        probes = [
            StageProbe(stage.signature, each, rows) for each in (executor, reference)
        ]
        times: list[list[float]] = [[], []]
        for _ in range(_ROUNDS):
            for probe, seconds in zip(probes, times, strict=True):
                seconds.append(probe.seconds(rows[0], 3))
        for probe in probes:
            probe.close()
        reference.close()
    middle = [sorted(seconds)[len(seconds) // 2] for seconds in times]
    return middle[0] / middle[1]


def _float_executor(
    folder: Path, pack: Pack, stage: Stage, stack: FloatStack, backend: str
) -> StageExecutor:
    if backend == "native":
        return NativeSession(stack.spec, stack.tensors, stage.signature)
    candidate = Candidate(stage.id, "fp32", (backend,), "fp32", "none", {})
    candidate = replace(candidate, files={"graph": "float_reference.onnx"})
    graph = build_onnx(stack.spec, stack.tensors)
    (folder / "float_reference.onnx").write_bytes(graph)
    draft = folder / "draft"
    write_bundle(draft, pack, [(folder, candidate, backend)], "draft")
    with Pack.open(draft) as made:
        return open_executor(made, stage, made.manifest.stage(stage.id).variants[0])
