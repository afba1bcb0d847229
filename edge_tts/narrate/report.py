"""Owns Report: what a narration is worth listening to twice, as JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_tts.narrate.book import Book
from edge_tts.narrate.job import Job
from edge_tts.narrate.journal import Planned
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.plan_writer import PlanFigures
from edge_tts.narrate.report_page import report_page
from edge_tts.narrate.take import Take
from edge_tts.narrate.tempo import predicted_seconds
from edge_tts.narrate.text_file import write_text

if TYPE_CHECKING:
    from edge_tts.narrate.production import Production

MAX_LISTED: Final = 500
"""Sentences shown; the numbers count all of them."""
OUTLIER: Final = 1.6
"""Length against that expected of the voice, beyond which a take is worth a listen."""


@dataclass(frozen=True)
class Finding:
    """A sentence that somebody should hear."""

    id: str
    chapter: int
    text: str
    seconds: float
    expected_seconds: float
    seed: int
    attempts: int
    problems: list[str]
    key: str


@dataclass(frozen=True)
class Report:
    """Figures of a narration."""

    title: str
    num_sentences: int
    words_in_book: int
    """Words of the chosen chapters, counted by the reader."""
    words_planned: int
    """Those, less titles that were left out, plus announcements."""
    words_spoken: int
    """Words with a place in the audio."""
    words_lost: int
    """Planned, but not spoken; 0 in a good narration."""
    num_failed: int
    """Sentences that could not be spoken at all; silence stands in their place."""
    num_suspicious: int
    num_retried: int
    """Sentences that needed another seed."""
    audio_seconds: float
    measured_lufs: float | None
    """Before the gain."""
    gain_db: float
    final_lufs: float | None
    """Of the files."""
    true_peak_db: float
    limited_seconds: float
    variants: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    paths: tuple[Path, ...] = ()
    """Where it was written."""


def write_report(
    job: Job,
    book: Book,
    options: NarrationOptions,
    plan: PlanFigures,
    production: Production,
    tempos: Mapping[str, float],
) -> Report:
    """Look at every take of the book and write ``NAME.report.json`` and ``.html``.

    Raises:
        SinkError: A file cannot be written.
    """
    rate = int(job.journal.meta("sample_rate") or 22050)
    findings: list[Finding] = []
    spoken = lost = failed = suspicious = retried = 0
    for planned in job.journal.sentences():
        take = job.journal.take(planned.key)
        finding = _finding(planned, take, job, rate, tempos)
        if take is None:
            failed += 1
        else:
            spoken += take.num_words - len(take.lost_words)
            lost += len(take.lost_words)
            retried += take.attempts > 1
        if finding is not None:
            suspicious += 1
            if len(findings) < MAX_LISTED:
                findings.append(finding)
    name = options.output.stem if options.single_file else production.name
    paths = tuple(options.folder / f"{name}.report.{kind}" for kind in ("json", "html"))
    peak = max(production.largest_peak, 1e-6)
    report = Report(
        title=book.metadata.title,
        num_sentences=plan.num_sentences,
        words_in_book=plan.book_words,
        words_planned=plan.num_words,
        words_spoken=spoken,
        words_lost=plan.num_words - spoken,
        num_failed=failed,
        num_suspicious=suspicious,
        num_retried=retried,
        audio_seconds=round(production.total_seconds, 3),
        measured_lufs=production.loudness.measured_lufs,
        gain_db=production.loudness.gain_db,
        final_lufs=production.final_lufs,
        true_peak_db=round(20.0 * float(np.log10(peak)), 2),
        limited_seconds=round(production.limited_samples / rate, 3),
        variants=json.loads(job.journal.meta("pins") or "{}"),
        findings=findings,
        paths=paths,
    )
    fields = {k: v for k, v in asdict(report).items() if k != "paths"}
    write_text(paths[0], json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
    write_text(paths[1], report_page(report, job, rate))
    return report


def _finding(
    planned: Planned,
    take: Take | None,
    job: Job,
    rate: int,
    tempos: Mapping[str, float],
) -> Finding | None:
    s = planned.sentence
    tempo = tempos.get(s.voice, 1.0) * s.speed
    expected = predicted_seconds(s.text, tempo=tempo)
    if take is None:
        reason = job.journal.failure(planned.key) or "no audio"
        return Finding(
            s.id,
            s.chapter,
            s.text,
            0.0,
            round(expected, 2),
            planned.seed,
            0,
            [reason],
            planned.key,
        )
    seconds = take.num_samples / rate
    problems = list(take.problems)
    ratio = max(seconds, 0.01) / expected
    # Very short texts vary more than any rule can follow.
    is_outlier = expected > 1.5 and not 1.0 / OUTLIER <= ratio <= OUTLIER
    if is_outlier and take.marks and not any("expected" in p for p in problems):
        problems.append(f"{seconds:.1f} s long, {expected:.1f} s expected")
    if not problems:
        return None
    return Finding(
        s.id,
        s.chapter,
        s.text,
        round(seconds, 2),
        round(expected, 2),
        take.seed,
        take.attempts,
        problems,
        planned.key,
    )
