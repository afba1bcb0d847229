"""Owns ``narrate``: a book in, files out, resumable at every moment."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_tts.audio.atomic_file import remove_leftovers
from edge_tts.errors import ConfigError
from edge_tts.narrate.aac_encoder import ffmpeg_program
from edge_tts.narrate.book import Book
from edge_tts.narrate.book_plan import BookPlan, PlanOptions
from edge_tts.narrate.cluster_pool import ClusterPool
from edge_tts.narrate.job import Job, check_space
from edge_tts.narrate.job_pins import JobPins, voice_digest
from edge_tts.narrate.lexicon_copy import lexicon_copy
from edge_tts.narrate.lexicon_use import LexiconUse
from edge_tts.narrate.narration_options import NarrationOptions
from edge_tts.narrate.plan_writer import PlanFigures, write_plan
from edge_tts.narrate.power import PowerGuard
from edge_tts.narrate.product import ProducedFile
from edge_tts.narrate.production import Production
from edge_tts.narrate.progress import Progress, SilentProgress
from edge_tts.narrate.recogniser import require_recogniser
from edge_tts.narrate.report import Report, write_report
from edge_tts.narrate.request_runner import RequestRunner
from edge_tts.narrate.sentence_key import SentenceKeys
from edge_tts.narrate.sentence_speaker import next_seed
from edge_tts.narrate.speaking import SpeakingFigures, measure_tempo, speak_missing
from edge_tts.narrate.verification import verify_takes
from edge_tts.narrate.voice_map import VoiceMap, read_voice_map
from edge_tts.narrate.wav_limit import refuse_long_wav
from edge_tts.narrate.worker_pool import WorkerPool, default_num_workers


@dataclass(frozen=True)
class NarrationResult:
    """What a narration did."""

    files: list[ProducedFile]
    plan: PlanFigures
    speaking: SpeakingFigures
    audio_seconds: float
    """Of the whole book, pauses included."""
    wall_seconds: float
    measured_lufs: float | None
    """Before the gain."""
    gain_db: float
    true_peak: float
    """Largest in the files, full scale 1."""
    report: Report
    damaged: list[str] = field(default_factory=list)
    """Sentences that ``--verify`` found damaged and had spoken again."""


def narrate(
    book: Book, options: NarrationOptions, progress: Progress | None = None
) -> NarrationResult:
    """Narrate a book; the same call goes on where a killed one stopped.

    Args:
        book: From ``open_book``.
        options: What to make.
        progress: Told what happens; None for silence.

    Raises:
        StreamStateError: Another process works on the job.
        SinkError: A full disk or an unwritable place; nothing spoken is lost.
        ConfigError, PackError, BackendError, TextError: A mistake in the options.
    """
    started = time.monotonic()
    shown = progress if progress is not None else SilentProgress()
    if "m4b" in options.resolved_formats:
        # Said before hours are spent.
        ffmpeg_program()
    if options.recognise:
        require_recogniser()
    voices = read_voice_map(options.voice, options.voice_map)
    with Job(options.job) as job:
        used = dict.fromkeys(voices_of(book, plan_options(voices, options), options))
        pins = job.pin(used, options, shown)
        job.journal.set_meta("sample_rate", str(pins.sample_rate))
        # Before ``begin``, which cuts off what no sound record holds.
        damaged = _drop_damaged(job, options.verify, shown)
        job.begin()
        options = replace(options, lexicon=lexicon_copy(job, options.lexicon))
        _redo(job, options, shown)
        plan = _write_plan(job, book, voices, pins, options)
        guard = PowerGuard(
            options.pause_on_battery, options.pause_above_celsius, shown.note
        )
        num_workers = options.jobs or default_num_workers()
        with ExitStack() as stack:
            pool = stack.enter_context(
                WorkerPool(
                    num_workers,
                    pins.runtime,
                    options.lexicon,
                    options.nice,
                    recognise=options.recognise,
                )
            )
            speakers: RequestRunner = pool
            if not options.cluster:
                # While one speaks the calibration text, the others load.
                pool.start(job.journal.count("missing"))
            else:
                speakers = stack.enter_context(
                    ClusterPool(options.cluster, pins, options.lexicon, shown.note)
                )
            digests = {name: voice_digest(pins, name) for name in pins.voices}
            tempos = measure_tempo(speakers, used, job, digests)
            if options.single_file and options.resolved_formats == ("wav",):
                seconds = plan.predicted_seconds / max(tempos.values())
                refuse_long_wav(options.output, job.folder, seconds, pins.sample_rate)
            needed = plan.predicted_seconds * pins.sample_rate * 2 * 1.3
            warning = check_space(job.folder, int(needed) if not damaged else 0)
            if warning is not None and job.journal.count("missing"):
                shown.note(warning)
            speaking = speak_missing(job, speakers, tempos, shown, guard.wait)
            production = Production(job, book, options, pool, shown)
            files = production.run()
        report = write_report(job, book, options, plan, production, tempos)
        files += [ProducedFile(path, 0.0, True) for path in report.paths]
        remove_leftovers([file.path for file in files])
        return NarrationResult(
            files,
            plan,
            speaking,
            production.total_seconds,
            time.monotonic() - started,
            production.loudness.measured_lufs,
            production.loudness.gain_db,
            production.largest_peak,
            report,
            damaged,
        )


def plan_options(voices: VoiceMap, options: NarrationOptions) -> PlanOptions:
    """The part of the options that makes sentences."""
    return PlanOptions(
        voices, options.pauses, options.speed, options.pitch, options.titles
    )


def voices_of(
    book: Book, plan: PlanOptions, options: NarrationOptions
) -> Iterator[str]:
    """Voices that the book may use: those of the map and those its marks name.

    Raises:
        PackError: A mark names a voice that is neither in the map nor installed.
    """
    yield from plan.voices.voices()
    for number, handle in enumerate(book.chapters, 1):
        if options.wants_chapter(number):
            for block in handle.load().blocks:
                for span in block.spans:
                    if span.style.voice is not None:
                        yield plan.voices.voice(span.style.voice)


def _write_plan(
    job: Job, book: Book, voices: VoiceMap, pins: JobPins, options: NarrationOptions
) -> PlanFigures:
    plan = BookPlan(book, plan_options(voices, options))
    keys = SentenceKeys(pins, LexiconUse(options.lexicon), options.seed)
    return write_plan(book, plan, keys, job.journal, options)


def _redo(job: Job, options: NarrationOptions, progress: Progress) -> None:
    """Give the named sentences of the last plan another seed."""
    for sentence_id in options.redo:
        planned = job.journal.sentence(sentence_id)
        if planned is None:
            raise ConfigError(
                f"--redo {sentence_id}: no such sentence in this job; its ids are in "
                "the report and in the times"
            )
        seed = next_seed(planned.seed)
        take = job.journal.take(planned.key)
        if take is not None:
            seed = next_seed(take.seed)
        job.journal.set_seed(sentence_id, seed)
        progress.note(f"sentence {sentence_id} is spoken again with seed {seed}")


def _drop_damaged(job: Job, verify: bool, progress: Progress) -> list[str]:
    """Forget takes that cannot be trusted; with ``verify`` every sample is read."""
    keys = job.journal.damaged_keys()
    if verify:
        keys += verify_takes(job)
    names = []
    for key in dict.fromkeys(keys):
        planned = job.journal.planned_by_key(key)
        names.append(key if planned is None else planned.sentence.id)
        job.journal.drop_take(key)
    if names:
        progress.note(
            f"{len(names)} damaged sentences are spoken again: {', '.join(names[:5])}"
        )
    elif verify:
        progress.note("every sentence of the job is as it was written")
    return names


def job_exists(options: NarrationOptions) -> bool:
    """Whether a run would go on with a job that was begun before."""
    return Path(options.job / "journal.sqlite").exists()
