"""From sound to a transcript: speech, words, marks, speakers, sentences."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.alignment import forced_alignment, transcript_fitting
from pipeline.alignment.transcript_reader import GivenWord
from pipeline.core.control import Control
from pipeline.core.data import Audio, Span, Transcript, Word
from pipeline.core.errors import NoSpeech
from pipeline.diarization import speaker_labels
from pipeline.language import number_style, punctuation, sentences
from pipeline.media import source_range
from pipeline.models.registry import Models
from pipeline.recognition import coverage, transcription, vad

MIN_SPEECH_S = 3.0  # a source with less speech yields no clips


def hear(
    sound: Audio,
    *,
    models: Models,
    language: str | None,
    control: Control,
    min_speech_s: float = MIN_SPEECH_S,
    span: Span | None = None,
    transcript: Sequence[GivenWord] = (),
    vocabulary: Sequence[str] = (),
) -> Transcript:
    """Transcribe sound into words and sentences, only within `span` if given.

    Words that sound like a name of `vocabulary` are spelled like it. If `transcript` has words,
    they replace the recognized ones and get their times. Speakers are those that the transcript
    names, else "Speaker 1", "Speaker 2", … by voice.

    Raises NoSpeech if there is (almost) no speech, TranscriptMismatch if the transcript does not
    match it, and WrongInput for a language that the recognizer does not support.
    """
    models = models.with_check(control.check)
    transcription.check_language(models.whisper, language)
    probability = vad.probabilities(sound, models.voice_activity, control, within=span)
    spans = source_range.cut_spans(vad.find_speech(probability), span)
    spoken_s = vad.speech_seconds(probability)
    if spoken_s < min_speech_s:
        raise NoSpeech(
            f"Only {spoken_s:.1f} s of speech were detected; a clip needs at least "
            f"{min_speech_s:.1f} s."
        )
    code, words = transcription.transcribe(
        sound,
        spans,
        probability,
        model=models.whisper,
        language=language,
        control=control,
        vocabulary=vocabulary,
    )
    words = source_range.cut_words(words, span)
    covered = coverage.measure(words, probability, spans)
    if not words:
        raise NoSpeech("Speech was detected, but no words could be recognized.")
    words, speakers = _correct(
        words, sound, code=code, models=models, control=control, transcript=transcript, span=span
    )
    said = sentences.split(words, code, speakers, heard=not transcript)
    doubtful_s = sum(s.end_s - s.start_s for s in said if s.doubtful)
    return Transcript(
        language=code,
        duration_s=sound.duration_s,
        words=words,
        sentences=said,
        damaged_s=sound.damaged_s,
        coverage=replace(covered, doubtful_s=doubtful_s),
    )


def _correct(
    words: Sequence[Word],
    sound: Audio,
    *,
    code: str,
    models: Models,
    control: Control,
    transcript: Sequence[GivenWord],
    span: Span | None,
) -> tuple[tuple[Word, ...], tuple[str | None, ...]]:
    """Return words as they are to be read, and who speaks each; speakers may be none at all."""
    speakers: tuple[str | None, ...] = ()
    if transcript:
        bound = span or Span(start_s=0.0, end_s=sound.duration_s)
        fitted = transcript_fitting.fit_transcript(
            transcript, words, bound, part=span is not None, check=control.check
        )
        speakers = fitted.speakers
        words = forced_alignment.align_words(
            fitted.words,
            fitted.unheard,
            sound,
            model=models.whisper,
            code=transcription.whisper_code(code),
            check=control.check,
        )
    else:
        words = punctuation.mend(words, code, models.punctuation)
        words = number_style.mend(words, code)
    if not any(speakers) and (encoder := models.speaker_encoder) is not None:
        speakers = speaker_labels.label_speakers(
            sound, words, encoder=encoder, control=control, at_once=encoder.batches_at_once()
        )
    return tuple(words), speakers
