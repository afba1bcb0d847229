"""Writes the report as one HTML page: no script, nothing from the network."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from edge_tts.errors import SinkError
from edge_tts.narrate.job import Job

if TYPE_CHECKING:
    from edge_tts.narrate.report import Finding, Report

MAX_PLAYERS: Final = 60
"""Sentences with sound inside the page, 30 kB each."""
_WIDTH: Final = 400
_HEIGHT: Final = 48
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:60em;"
    "padding:0 1em}table{border-collapse:collapse}td,th{padding:.2em .8em .2em 0;"
    "text-align:left;vertical-align:top}article{border-top:1px solid #bbb;"
    "padding:.8em 0}svg{display:block;background:#f4f4f4}code{color:#555}"
    "audio{height:2em;width:400px}.bad{color:#a00}"
)


def report_page(report: Report, job: Job, sample_rate: int) -> str:
    """The page as text."""
    rows = [
        ("length", _clock(report.audio_seconds)),
        ("sentences", str(report.num_sentences)),
        ("words in the book", str(report.words_in_book)),
        ("words to speak", str(report.words_planned)),
        ("words spoken", str(report.words_spoken)),
        ("words lost", str(report.words_lost)),
        ("sentences that could not be spoken", str(report.num_failed)),
        ("sentences spoken with another seed", str(report.num_retried)),
        ("loudness before the gain", _lufs(report.measured_lufs)),
        ("gain", f"{report.gain_db:+.2f} dB"),
        ("loudness of the files", _lufs(report.final_lufs)),
        ("largest true peak", f"{report.true_peak_db:.2f} dBTP"),
        ("time under the limiter", f"{report.limited_seconds:.2f} s"),
    ]
    table = "".join(f"<tr><th>{k}<td>{html.escape(v)}" for k, v in rows)
    articles = "".join(
        _article(finding, job, sample_rate, with_sound=index < MAX_PLAYERS)
        for index, finding in enumerate(report.findings)
    )
    heading = (
        f"{report.num_suspicious} sentences to listen to"
        if report.findings
        else "Nothing suspicious was found"
    )
    title = html.escape(report.title or "Narration")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{title}: report</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1><table>{table}</table><h2>{heading}</h2>{articles}</html>\n"
    )


def _article(finding: Finding, job: Job, sample_rate: int, *, with_sound: bool) -> str:
    problems = html.escape("; ".join(finding.problems))
    sound = ""
    take = job.journal.take(finding.key) if with_sound else None
    if take is not None and take.num_samples:
        try:
            samples = job.store.read(take.extent)
            sound = _picture(samples) + _player(samples, sample_rate)
        except SinkError as error:
            sound = f'<p class="bad">{html.escape(str(error))}</p>'
    return (
        f'<article><p>{html.escape(finding.text)}</p><p class="bad">{problems}</p>'
        f"{sound}<code>chapter {finding.chapter}, {finding.seconds} s, expected "
        f"{finding.expected_seconds} s, seed {finding.seed}; again: "
        f"--redo {html.escape(finding.id)}</code></article>"
    )


def _picture(samples: NDArray[np.int16]) -> str:
    """The waveform as one SVG path."""
    edges = np.linspace(0, len(samples), _WIDTH + 1).astype(int)
    path = []
    for x in range(_WIDTH):
        part = samples[edges[x] : max(edges[x] + 1, edges[x + 1])]
        if len(part):
            middle, scale = _HEIGHT / 2, _HEIGHT / 2 / 32768
            high = middle - float(part.max()) * scale
            low = middle - float(part.min()) * scale
            path.append(f"M{x} {high:.1f}V{max(low, high + 0.5):.1f}")
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="waveform"><path d="{"".join(path)}" stroke="#369"/></svg>'
    )


def _player(samples: NDArray[np.int16], sample_rate: int) -> str:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, format="MP3")
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<audio controls src="data:audio/mpeg;base64,{data}"></audio><br>'


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _lufs(value: float | None) -> str:
    return "silence" if value is None else f"{value:.2f} LUFS"
