"""The stages of the acoustic model keep the promises that the engine relies on."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from calibrate.voice.acoustic_config import AcousticConfig  # noqa: E402
from calibrate.voice.acoustic_decoder import Decoder  # noqa: E402
from calibrate.voice.acoustic_encoder import Encoder  # noqa: E402
from calibrate.voice.acoustic_model import AcousticModel, predicted_durations  # noqa: E402
from calibrate.voice.acoustic_regulator import regulate  # noqa: E402
from tests.calibrate.voice.made_up_acoustics import SMALL  # noqa: E402

PAIR = 2 * SMALL.frame_features


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.mark.parametrize("chunks", [(19,), (1,) * 19, (2, 3, 8, 1, 5), (8, 11)])
def test_streamed_decoder_equals_whole(chunks: tuple[int, ...]) -> None:
    decoder = Decoder(SMALL).eval()
    pairs = torch.randn(1, 19, PAIR)
    flush = torch.zeros(1, SMALL.lookahead, PAIR)
    states, outputs = decoder.zero_states(), []
    with torch.no_grad():
        for part in [*pairs.split(chunks, dim=1), flush]:
            output, states = decoder.step(part, states)
            assert output.shape[1] == part.shape[1]
            outputs.append(output)
        whole = decoder(pairs)
    streamed = torch.cat(outputs, dim=1)[:, SMALL.lookahead :]
    assert torch.allclose(streamed, whole, atol=1e-5)


def test_states_have_the_declared_shapes() -> None:
    decoder = Decoder(SMALL)
    _, states = decoder.step(torch.randn(1, 3, PAIR), decoder.zero_states())
    assert [tuple(s.shape[1:]) for s in states] == decoder.state_shapes
    assert decoder.state_shapes == [(2, PAIR), (2, 12), (4, 12), (8, 12)]


def test_decoder_looks_ahead_exactly_as_far_as_declared() -> None:
    decoder = Decoder(SMALL).eval()
    pairs = torch.randn(1, 12, PAIR)
    changed = pairs.clone()
    changed[:, 8:] += 1.0
    with torch.no_grad():
        differs = (decoder(pairs) != decoder(changed)).any(dim=2)[0]
    assert not differs[: 8 - SMALL.lookahead].any()
    assert differs[8 - SMALL.lookahead]


def _encode(encoder: Encoder, tokens: torch.Tensor) -> torch.Tensor:
    speakers = torch.zeros(tokens.shape[:2], dtype=torch.long)
    with torch.no_grad():
        hidden, prosody = encoder(tokens, speakers, torch.ones(*tokens.shape[:2], 1))
    return torch.cat([hidden, prosody], dim=2)


@pytest.mark.parametrize("config", [SMALL, AcousticConfig()], ids=["small", "real"])
def test_encoder_sees_exactly_its_reach(config: AcousticConfig) -> None:
    encoder = Encoder(config).eval()
    length = 2 * config.encoder_reach + 9
    tokens = torch.randint(1, 4, (1, length, 3))
    changed = tokens.clone()
    place = length // 2
    changed[0, place, 0] = 30
    differs = (_encode(encoder, tokens) != _encode(encoder, changed)).any(dim=2)[0]
    seen = differs.nonzero()[:, 0].tolist()
    assert min(seen) == place - config.encoder_reach
    assert max(seen) == place + config.encoder_reach


def test_padding_changes_nothing() -> None:
    model = AcousticModel(SMALL).eval()
    tokens = torch.randint(1, 4, (1, 9, 3))
    speakers = torch.zeros(1, 9, dtype=torch.long)
    durations = torch.full((1, 9), 4)
    contour = torch.randn(1, 9, 2)

    def padded(tensor: torch.Tensor) -> torch.Tensor:
        shape = (1, 5, *tensor.shape[2:])
        return torch.cat([tensor, torch.zeros(shape, dtype=tensor.dtype)], dim=1)

    inputs = tokens, speakers, torch.ones(1, 9, 1), durations, contour
    with torch.no_grad():
        alone = model(*inputs, 36)
        batched = model(*(padded(each) for each in inputs), 50)
    assert torch.allclose(alone.prosody, batched.prosody[:, :9], atol=1e-5)
    assert torch.allclose(alone.mel, batched.mel[:, :36], atol=1e-5)


def test_regulator_repeats_and_tells_the_position() -> None:
    vectors = torch.arange(3.0).reshape(1, 3, 1).expand(1, 3, 4)
    frames = regulate(vectors, torch.tensor([[2, 0, 4]]), 8)[0]
    assert frames[:, 0].tolist() == [0, 0, 2, 2, 2, 2, 0, 0]
    assert frames[:6, 4].tolist() == pytest.approx(
        [0.25, 0.75, 0.125, 0.375, 0.625, 0.875]
    )
    assert torch.allclose(frames[:6, 4] + frames[:6, 5], torch.ones(6))
    assert frames[2:6, 6].tolist() == pytest.approx([0.46209812] * 4)
    assert frames[:6, 7].tolist() == pytest.approx([0, 0.1, 0, 0.1, 0.2, 0.3])
    assert (frames[6:] == 0).all()


def test_regulator_position_stops_counting() -> None:
    frames = regulate(torch.zeros(1, 1, 1), torch.tensor([[40]]), 40)[0]
    assert frames[20:, 4].tolist() == pytest.approx([2.0] * 20)


def test_only_a_pause_may_last_no_frame() -> None:
    log_frames = torch.log(torch.tensor([1.0, 1.0, 9.0, 1e6]))
    symbols = torch.tensor([1, 42, 42, 5])
    assert predicted_durations(log_frames, symbols).tolist() == [1, 0, 8, 150]


def test_speaks_with_predicted_prosody() -> None:
    model = AcousticModel(SMALL).eval()
    durations, output = model.speak(torch.randint(1, 4, (9, 3)), speaker=1)
    assert output.mel.shape[1] - int(durations.sum()) in (0, 1)
    assert output.mel.shape[2] == 80
