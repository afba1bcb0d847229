from __future__ import annotations

from edge_tts.adaptation.ladder import Ladder, Rung


class Listener:
    """Hears speech in real time, in simulated seconds."""

    def __init__(self, ladder: Ladder) -> None:
        self.ladder = ladder
        self.lead_s = 0.2
        self.gaps = 0

    def hear(self, seconds: float, rtf: float, chunk_s: float = 0.2) -> None:
        """Let the machine speak so many seconds at a speed."""
        for _ in range(round(seconds / chunk_s)):
            spent_s = rtf * chunk_s
            self.lead_s -= spent_s
            if self.lead_s < 0:
                self.gaps += 1
                self.lead_s = 0.0
            self.ladder.observe(chunk_s, spent_s, self.lead_s)
            # The ring holds five seconds; then the writer waits.
            self.lead_s = min(5.0, self.lead_s + chunk_s)


def _ladder(*rungs: Rung) -> Ladder:
    return Ladder(lambda: (Rung.PLANNED, *(rungs or tuple(Rung)[1:])))


def test_a_quick_machine_never_steps_although_the_reserve_begins_empty() -> None:
    listener = Listener(_ladder())
    listener.hear(60.0, 0.01)
    assert listener.ladder.steps_down == listener.ladder.steps_up == 0


def test_nobody_listens() -> None:
    ladder = _ladder()
    for _ in range(100):
        assert not ladder.observe(0.2, 0.4, None)
    assert ladder.rung is Rung.PLANNED


def test_down_all_the_way_and_up_again() -> None:
    listener = Listener(_ladder())
    listener.hear(5.0, 0.1)
    assert listener.ladder.rung is Rung.PLANNED
    listener.hear(20.0, 1.5)
    assert listener.ladder.rung is Rung.LITE_VOICE
    assert listener.ladder.steps_down == 3
    listener.hear(60.0, 0.1)
    assert listener.ladder.rung is Rung.PLANNED
    assert listener.ladder.steps_up == 3


def test_steps_come_before_the_stutter() -> None:
    listener = Listener(_ladder())
    listener.hear(10.0, 0.1)
    ladder = listener.ladder
    while ladder.rung is Rung.PLANNED:
        listener.hear(0.2, 1.3)
    assert listener.gaps == 0
    assert listener.lead_s > 0.2
    listener.hear(5.0, 0.5)
    assert listener.gaps == 0


def test_patience_grows_when_stepping_up_was_too_early() -> None:
    listener = Listener(_ladder(Rung.LARGER_CHUNKS))
    for _ in range(200):
        # Only giving up keeps pace.
        is_planned = listener.ladder.rung is Rung.PLANNED
        listener.hear(1.0, 1.5 if is_planned else 0.3)
    assert 2 <= listener.ladder.steps_down <= 8


def test_a_steady_machine_near_real_time_does_not_swing() -> None:
    listener = Listener(_ladder())
    listener.hear(100.0, 0.58)
    assert listener.ladder.steps_down == 0
