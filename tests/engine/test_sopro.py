"""A converted Sopro gives what the reference gives, whole and in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_tts.backends.plan import ChunkPolicy
from edge_tts.backends.registry import backend_problems, open_executors
from edge_tts.backends.selection import plan_for_this_machine
from edge_tts.engine.open_sopro import open_sopro
from edge_tts.engine.open_stream import read_arrays
from edge_tts.engine.sopro_stream import SoproStream
from edge_tts.engine.token_sampler import SamplerSettings
from edge_tts.engine.token_sequence import TokenSequence
from edge_tts.errors import PackError, TextError
from edge_tts.models import FAMILIES
from edge_tts.options import RuntimeOptions, SamplingOptions, SynthesisOptions
from edge_tts.packs import Pack
from edge_tts.packs.cloned_voice import ClonedVoice
from tests.sopro_packs import VERSIONS, convert_tiny, read_vectors

TEXT = "It isn't 3 o'clock."
WHOLE = ChunkPolicy(6, 24, 1.5, whole=True)
GREEDY = SamplerSettings(top_p=0.0)
NEVER = (1.0, 1 << 20)

if backend_problems()["native"] is not None:
    pytest.skip("no kernel library", allow_module_level=True)


class Case:
    """A pack, opened, with the voice of the vectors."""

    def __init__(self, version: str, path: Path, backend: str = "native") -> None:
        self.version = version
        self.vectors = read_vectors(version)
        with Pack.open(path) as pack:
            self.manifest = pack.manifest
            plan = plan_for_this_machine(
                pack.manifest, RuntimeOptions(backend=backend, precision="fp32")
            )
            needed = {need.id for need in FAMILIES[pack.manifest.family].stages}
            needed.add("reference")
            self.executors = open_executors(
                pack,
                {k: c.variant for k, c in plan.choices.items() if k in needed},
            )
            self.arrays = read_arrays(pack)
            self.weights = pack.constant("reference_weights")
        self.stream = self.open()
        self.voice = self.clone()
        self.stream.speak_as(0, self.voice)

    def open(self) -> SoproStream:
        """Another stream."""
        return open_sopro(self.manifest, self.executors, self.arrays)[1]

    def clone(self) -> ClonedVoice:
        """The voice of the vectors; the speaker's vector is the reference's."""
        codes = self.vectors["reference_codes"]
        constants = self.stream._constants
        ids = codes + np.arange(codes.shape[1]) * constants.codebook_size
        rows = constants.code_table.weighted_sum(ids, self.weights)
        run = self.executors["reference"].open(64)
        made = {name: rows.copy() for name, rows in run.run({"x": rows}).items()}
        keys = tuple(made[f"k{index}"] for index in range(len(made) // 2))
        values = tuple(made[f"v{index}"] for index in range(len(made) // 2))
        return ClonedVoice("t", codes, self.vectors["speaker"], keys, values)

    def speak(
        self,
        policy: ChunkPolicy,
        text: str = TEXT,
        seed: int = 0,
        **sampling: float,
    ) -> np.ndarray:
        """Samples of one sentence."""
        options = SynthesisOptions(seed=seed, sampling=SamplingOptions(**sampling))
        pieces = list(self.stream.synthesize(tokens_of(text), options, policy))
        return np.concatenate([piece.samples for piece in pieces])


def tokens_of(text: str) -> TokenSequence:
    zeros = np.zeros(7, np.int64)
    return TokenSequence(zeros, zeros, zeros, zeros.astype(bool), text)


@pytest.fixture(scope="module", params=VERSIONS)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    path = convert_tiny(request.param, tmp_path_factory.mktemp("sopro") / "pack")
    yield Case(request.param, path)


def close(found: np.ndarray, expected: np.ndarray) -> None:
    level = np.sqrt(np.square(expected).mean())
    assert np.abs(found - expected).max() < 1e-4 * level


def prepare(case: Case, strength: float = 1.2) -> dict[str, np.ndarray]:
    """Text and conditioning of the vectors; returns the generator's held inputs."""
    encoded = case.stream._text.encode_ids(case.vectors["ids"])
    close(encoded.pooled, case.vectors["pooled"])
    case.stream._conditioner.start(encoded.pooled, case.voice, strength)
    return dict(encoded.held)


def test_the_tokenizer_finds_the_ids_of_the_reference(case: Case) -> None:
    found = case.stream._text._tokenizer.encode(TEXT)
    np.testing.assert_array_equal(found, case.vectors["ids"])


def test_conditioning_frame_by_frame_is_that_of_all_frames(case: Case) -> None:
    expected = case.vectors["cond"]
    prepare(case)
    conditioner = case.stream._conditioner
    whole = conditioner.rows(0, len(expected)).copy()
    close(whole, expected)
    prepare(case)
    single = [conditioner.rows(t, t + 1).copy() for t in range(len(expected))]
    np.testing.assert_array_equal(np.concatenate(single), whole)


def test_the_generator_gives_the_reference_logits(case: Case) -> None:
    generator = case.stream._generator
    held, drawn = prepare(case), case.vectors["drawn"]
    generator.start(held, [], GREEDY, 0, len(drawn), NEVER)
    found = []
    for code in drawn:
        found.append(generator.step().copy())
        generator.take(int(code))
    close(np.stack(found), case.vectors["logits"])


def test_refinement_and_sound_are_those_of_the_reference(case: Case) -> None:
    expected = case.vectors["refined"]
    prepare(case)
    codes = np.zeros_like(expected)
    codes[:, 0] = case.vectors["drawn"]
    case.stream._refiner.start()
    case.stream._refiner.refine(codes, 0, len(codes), len(codes))
    np.testing.assert_array_equal(codes, expected)
    case.stream._decoder.reset()
    sound = case.stream._decoder.push(codes)
    np.testing.assert_allclose(sound, case.vectors["sound"], atol=2e-5)


def test_equal_seeds_speak_alike_and_others_do_not(case: Case) -> None:
    first = case.speak(WHOLE, seed=4)
    np.testing.assert_array_equal(case.speak(WHOLE, seed=4), first)
    other = case.speak(WHOLE, seed=5)
    assert len(other) != len(first) or not np.array_equal(other, first)
    assert len(first) % 12 == 0 and np.isfinite(first).all()


def test_chunks_change_nothing_where_refinement_is_causal(case: Case) -> None:
    whole = case.speak(WHOLE)
    for policy in (
        ChunkPolicy(1, 1, 1.0, whole=False),
        ChunkPolicy(3, 17, 1.7, whole=False),
    ):
        streamed = case.speak(policy, lookahead_frames=0)
        assert len(streamed) == len(whole)
        if case.version == "1":
            np.testing.assert_array_equal(streamed, whole)


def test_enough_lookahead_makes_streams_exact(case: Case) -> None:
    whole = case.speak(WHOLE)
    policy = ChunkPolicy(5, 9, 1.3, whole=False)
    streamed = case.speak(policy, lookahead_frames=90)
    np.testing.assert_array_equal(streamed, whole)


def test_a_stream_left_in_the_middle_leaves_no_trace(case: Case) -> None:
    expected = case.speak(WHOLE)
    policy = ChunkPolicy(2, 2, 1.0, whole=False)
    pieces = case.stream.synthesize(
        tokens_of("Another one."), SynthesisOptions(), policy
    )
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    case.stream.reset()
    np.testing.assert_array_equal(case.speak(WHOLE), expected)


def test_speech_ends_at_the_seconds_asked_for(case: Case) -> None:
    sound = case.speak(WHOLE, max_seconds=0.08, top_p=0.0)
    assert len(sound) <= 0.08 * 24_000
    ends = [
        piece.token_ends
        for piece in case.stream.synthesize(
            tokens_of(TEXT), SynthesisOptions(), ChunkPolicy(4, 4, 1.0, whole=False)
        )
    ]
    flat = [end for listed in ends for end in listed]
    assert len(flat) == 7 and flat == sorted(flat)


def test_a_pack_without_a_cloned_voice_says_what_to_do(case: Case) -> None:
    stream = case.open()
    pieces = stream.synthesize(tokens_of(TEXT), SynthesisOptions(), WHOLE)
    with pytest.raises(PackError, match="edgetts clone RECORDING"):
        next(pieces)


def test_a_sentence_too_long_is_refused(case: Case) -> None:
    with pytest.raises(TextError, match="divide it"):
        case.speak(WHOLE, text="word and " * 200)


@pytest.mark.parametrize("backend", ["ort", "openvino"])
def test_graphs_give_what_the_kernels_give(
    case: Case, backend: str, tmp_path: Path
) -> None:
    if backend_problems()[backend] is not None:
        pytest.skip(f"no {backend}")
    if backend == "openvino" and case.version == "1":
        pytest.skip("openvino compiles for 10 s; v1.5 has all kinds of layers")
    path = convert_tiny(case.version, tmp_path / "pack", variants="graph:fp32")
    other = Case(case.version, path, backend)
    np.testing.assert_allclose(other.speak(WHOLE), case.speak(WHOLE), atol=1e-4)
