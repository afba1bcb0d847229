"""Windows cover every token once and show the encoder its true neighbours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_tts.engine.token_window import token_windows


@given(st.integers(0, 2000), st.integers(0, 64), st.integers(1, 40))
def test_windows_cover_all_tokens(count: int, context: int, first: int) -> None:
    windows = list(token_windows(count, context, first))
    assert [w.start for w in windows[1:]] == [w.stop for w in windows[:-1]]
    assert sum(w.stop - w.start for w in windows) == count
    for window in windows:
        assert window.first_seen == max(window.start - context, 0)
        assert window.last_seen == min(window.stop + context, count)
