"""Owns ``edgetts say``: from options to speech, subtitles and figures."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from edge_tts.audio.sink import AudioSink
from edge_tts.cli.daemon_speech import daemon_speech, tell_underruns
from edge_tts.cli.json_output import write_json
from edge_tts.cli.speech import speak
from edge_tts.cli.ssml_text import text_or_passage
from edge_tts.cli.text_source import TextSource
from edge_tts.cpu.topology import running_on
from edge_tts.errors import ConfigError, TextError
from edge_tts.options import RuntimeOptions, SamplingOptions, SynthesisOptions

if TYPE_CHECKING:
    from edge_tts.adaptation import LeadSeconds
    from edge_tts.audio.chunk import AudioChunk
    from edge_tts.audio.subtitles import SubtitleWriter
    from edge_tts.client.speech import RemoteSpeech
    from edge_tts.metrics import SynthesisMetrics
    from edge_tts.synthesizer import Synthesizer

_STDIN = "-"
_STDOUT = "-"


def run(options: Namespace) -> int:
    """Speak and return the exit code."""
    synthesis, runtime = _checked_options(options)
    subtitle_target = _subtitle_target(options)
    if options.report == options.output == _STDOUT:
        _refuse(options, "--report - and -o - cannot share standard output")
    if options.report is not None and options.report != _STDOUT:
        from edge_tts.audio.atomic_file import check_writable

        check_writable(Path(options.report))
    with _text(options) as given:
        sink = _sink(options)
        # Everything a user can get wrong without a voice has been looked at by now.
        remote, text, is_ssml = daemon_speech(options, given, synthesis)
        if remote is not None:
            metrics = _say_remotely(remote, sink, subtitle_target)
        else:
            metrics = _say_here(
                options, text, is_ssml, sink, subtitle_target, synthesis, runtime
            )
    if options.report is not None:
        write_json(options.report, metrics.as_report())
    _tell(options, metrics)
    return 0


def _say_here(
    options: Namespace,
    text: str | Iterable[str],
    is_ssml: bool | None,
    sink: AudioSink,
    subtitle_target: tuple[Path, str] | None,
    synthesis: SynthesisOptions,
    runtime: RuntimeOptions,
) -> SynthesisMetrics:
    """Speak with networks of our own."""
    from edge_tts.synthesizer import Synthesizer

    voice = {} if options.voice is None else {"voice": options.voice}
    synthesizer = Synthesizer(**voice, runtime=runtime, user_lexicon=options.lexicon)
    with synthesizer:
        source = text if isinstance(text, TextSource) else None
        if source is not None:
            source.on_wait = sink.flush
        with running_on(synthesizer.voice.plan.cpus):
            metrics = speak(
                _speech(synthesizer, text, is_ssml, options.quiet, synthesis, sink),
                sink,
                synthesizer.format,
                _subtitles(subtitle_target, synthesizer.format.sample_rate),
                lambda: source.waited_seconds if source is not None else 0.0,
            )
        voice_metrics = synthesizer.metrics
    metrics.variants = voice_metrics.variants
    metrics.threads = voice_metrics.threads
    metrics.isa = voice_metrics.isa
    metrics.steps_down = voice_metrics.steps_down
    metrics.steps_up = voice_metrics.steps_up
    metrics.rungs = voice_metrics.rungs
    return metrics


def _say_remotely(
    speech: RemoteSpeech, sink: AudioSink, subtitle_target: tuple[Path, str] | None
) -> SynthesisMetrics:
    """Let a daemon speak, and play or store it here."""
    speech.on_wait = sink.flush
    with speech:
        metrics = speak(
            iter(speech),
            sink,
            speech.format,
            _subtitles(subtitle_target, speech.format.sample_rate),
        )
    metrics.variants = speech.report.get("variants", {})
    metrics.synthesis_seconds = speech.report.get("synthesis_seconds", 0.0)
    if metrics.underruns:
        tell_underruns(metrics.underruns)
    return metrics


def _speech(
    synthesizer: Synthesizer,
    text: str | Iterable[str],
    is_ssml: bool | None,
    quiet: bool,
    synthesis: SynthesisOptions,
    sink: AudioSink,
) -> Iterator[AudioChunk]:
    # Looked at when the first chunk is wanted: a pipe may be silent until then.
    found = text_or_passage(text, is_ssml)
    if not quiet and sys.stderr is not None:
        for notice in found.notices:
            print(f"edgetts: {notice}", file=sys.stderr)
    # Files and pipes have no listener who could be kept waiting.
    lead: LeadSeconds | None = None
    if hasattr(sink, "lead_seconds"):
        lead = functools.partial(getattr, sink, "lead_seconds", None)
    yield from synthesizer.stream(
        found.text,
        synthesis,
        lead_seconds=lead,
    )


def _checked_options(options: Namespace) -> tuple[SynthesisOptions, RuntimeOptions]:
    given = {
        "speed": options.speed,
        "pitch": options.pitch,
        "volume": options.volume,
        "pause_ms": options.pause,
        "seed": options.seed,
    }
    try:
        sampling = SamplingOptions(
            temperature=options.temperature,
            top_p=options.top_p,
            top_k=options.top_k,
            style_strength=options.style_strength,
            max_seconds=options.max_seconds,
            lookahead_frames=options.lookahead,
            stop_threshold=options.stop_threshold,
            stop_patience=options.stop_patience,
        )
        return (
            SynthesisOptions(
                **{k: v for k, v in given.items() if v is not None}, sampling=sampling
            ),
            RuntimeOptions(
                backend=options.backend,
                precision=options.precision,
                num_threads=options.threads,
                chunk_frames=options.chunk_frames,
            ),
        )
    except ConfigError as error:
        _refuse(options, str(error))


@contextlib.contextmanager
def _text(options: Namespace) -> Iterator[str | TextSource]:
    words: list[str] = options.text
    if (options.file is not None) == bool(words):
        _refuse(options, "give either TEXT, or - for standard input, or -f FILE")
    if words == [_STDIN] or options.file == Path(_STDIN):
        if sys.stdin is None:
            raise TextError("standard input is closed: give TEXT or -f FILE")
        yield TextSource(sys.stdin.fileno(), "standard input")
        return
    if options.file is None:
        text = " ".join(words)
        # Bytes of another encoding arrive from the shell as lone surrogates.
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise TextError("TEXT is not UTF-8: check the terminal's locale")
        yield text
        return
    try:
        fd = os.open(options.file, os.O_RDONLY)
    except OSError as error:
        raise TextError(f"cannot read {options.file}: {error.strerror}") from error
    try:
        yield TextSource(fd, str(options.file))
    finally:
        os.close(fd)


def _sink(options: Namespace) -> AudioSink:
    if options.raw and options.format not in (None, "raw"):
        _refuse(options, "--raw and --format name different formats")
    if options.output is None and (options.raw or options.format is not None):
        _refuse(options, "--raw and --format need -o FILE or -o -")
    if options.output is not None and options.device is not None:
        _refuse(options, "--device is for the speaker: it cannot go with -o")
    format_name = "raw" if options.raw else options.format
    if options.output is None:
        from edge_tts.audio.speaker import SpeakerSink

        return SpeakerSink(options.device)
    if options.output == _STDOUT:
        from edge_tts.audio.stream_sink import StreamSink
        from edge_tts.errors import SinkError

        if sys.stdout is None:
            raise SinkError("standard output is closed: use -o FILE")
        return StreamSink(sys.stdout.fileno(), "standard output", format_name)
    from edge_tts.audio.file_sink import open_file_sink

    return open_file_sink(Path(options.output), format_name)


def _subtitle_target(options: Namespace) -> tuple[Path, str] | None:
    """Return path and format, or None when no subtitles are wanted."""
    if options.subtitles is None:
        return None
    format_name, has_path, path = options.subtitles.partition("=")
    if format_name not in ("srt", "vtt") or (has_path and not path):
        _refuse(
            options,
            f"--subtitles takes srt, vtt, srt=PATH or vtt=PATH, got "
            f"{options.subtitles!r}",
        )
    if not has_path:
        if options.output in (None, _STDOUT):
            _refuse(options, "--subtitles needs a PATH when no file is written")
        path = Path(options.output).with_suffix(f".{format_name}")
    from edge_tts.audio.atomic_file import check_writable

    check_writable(Path(path))
    return Path(path), format_name


def _subtitles(
    target: tuple[Path, str] | None, sample_rate: int
) -> SubtitleWriter | None:
    if target is None:
        return None
    from edge_tts.audio.subtitles import SubtitleWriter

    return SubtitleWriter(*target, sample_rate)


def _refuse(options: Namespace, message: str) -> NoReturn:
    """Print usage and message and end with exit code 2, as argparse does."""
    options.parser.error(message)
    raise AssertionError("argparse returned from error()")


def _tell(options: Namespace, metrics: SynthesisMetrics) -> None:
    """Print where the speech went and what it cost, on stderr."""
    if options.quiet or sys.stderr is None:
        return
    lines = []
    if options.output not in (None, _STDOUT) or options.verbose:
        place = options.output or "speaker"
        lines.append(
            f"{place}: {metrics.audio_seconds:.2f} s of speech, "
            f"RTF {metrics.rtf or 0.0:.4f}, first sound after "
            f"{metrics.ttfa_ms or 0.0:.0f} ms ({metrics.cold_start_ms or 0.0:.0f} ms "
            f"from program start), {metrics.rss_mb or 0.0:.0f} MB"
        )
    if options.verbose:
        variants = ", ".join(f"{k} {v}" for k, v in metrics.variants.items())
        where = f"{metrics.isa}, {metrics.threads} threads" if metrics.isa else "daemon"
        lines.append(f"{where}: {variants}")
    if metrics.steps_down:
        lines.append(
            f"stepped down {metrics.steps_down} times to keep up, at last: "
            f"{metrics.rungs[-1]}"
        )
    if metrics.underruns:
        lines.append(
            f"{metrics.underruns} gaps in playback: this machine was too slow just now"
        )
    for line in lines:
        print(line, file=sys.stderr)
