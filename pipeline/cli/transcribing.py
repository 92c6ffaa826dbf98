"""`transcribe`: prints transcripts."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from pipeline.alignment import transcript_reader
from pipeline.cli.loading import load_models, to_json
from pipeline.cli.progress_bar import progress_bar
from pipeline.core.control import Check, Control
from pipeline.core.data import Transcript
from pipeline.core.errors import Canceled, PipelineError
from pipeline.core.parallel import batches_at_once, map_in_threads
from pipeline.export import subtitles, transcript_json
from pipeline.media import source_range
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.model_config import ModelConfig
from pipeline.models.registry import Models
from pipeline.recognition.whisper import MAX_CPU_BATCHES

SHORT_S = 60.0  # two windows: too little to keep several cores busy


def run(call: argparse.Namespace, control: Control) -> int:
    """Transcribe files; print each as soon as those before it are done."""
    models = load_models(ModelConfig(), control)
    models.begin_hearing()
    failed = 0
    for file, found in zip(call.files, _hear_all(call, models, control), strict=True):
        if isinstance(found, PipelineError):
            if len(call.files) == 1:
                raise found
            failed += 1
            print(f"error: {file}: {found}", file=sys.stderr)
            if call.json:  # keeps one line per file
                print(to_json({"file": str(file), "error": str(found)}))
        elif call.json or call.format == "json":
            print(transcript_json.write_with_earlier_names(found))
        else:
            print(subtitles.write(found, call.format))
    return 1 if failed else 0


def _hear_all(
    call: argparse.Namespace, models: Models, control: Control
) -> Iterator[Transcript | PipelineError]:
    """Yield the transcript of each file, or why there is none; short files are heard at once.

    Raises Canceled, and OSError.
    """

    def hear(file: Path, check: Check) -> Transcript | PipelineError:
        watched = replace(control, on_check=check)
        try:
            return _transcribe_file(file, models, call, watched, quiet=call.json or at_once > 1)
        except Canceled:
            raise
        except PipelineError as error:
            return error

    threads = min(MAX_CPU_BATCHES, batches_at_once(models.device))
    for is_short, files in groupby(call.files, _is_short):
        group = list(files)
        at_once = min(len(group), threads) if is_short else 1
        yield from map_in_threads(hear, group, threads=at_once, check=control.check)


def _is_short(file: Path) -> bool:
    try:
        return probe(file, min_duration_s=0.0).duration_s <= SHORT_S
    except (PipelineError, OSError):
        return True  # to be told in its turn


def _transcribe_file(
    file: Path, models: Models, call: argparse.Namespace, control: Control, *, quiet: bool
) -> Transcript:
    """Transcribe a file of any length; a clip needs more speech than a transcript does."""
    source = probe(file, min_duration_s=0.2)
    span = source_range.resolve_range(source.duration_s, call.range)
    own = transcript_reader.read(call.transcript) if call.transcript is not None else ()
    with (
        TemporaryDirectory(prefix="klipfast-") as folder,
        progress_bar(control, source.duration_s, quiet=quiet) as (watched, _),
    ):
        sound = load_audio(source, Path(folder), watched, within=span)
        return pipeline.hear(
            sound,
            models=models,
            language=call.language,
            control=watched,
            min_speech_s=0.3,
            span=span,
            transcript=own,
            vocabulary=call.vocabulary,
        )
