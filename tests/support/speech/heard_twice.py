"""Sound that is heard twice, with what was compared, once for all workers of a session."""

from collections.abc import Sequence
from unittest import mock

import shared_results
from real_models import models, speech

from pipeline.core.control import unchecked
from pipeline.core.data import Audio, Word
from pipeline.recognition import second_hearing, vad, windows
from pipeline.recognition.recognizer import Context, Recognizer, recognize
from pipeline.recognition.second_hearing import Compared

SECONDS = 32  # beginning of the sample, heard once for several tests
LOUD_DB = 0  # between the voices and the noise

Heard = tuple[tuple[Word, ...], list[Word | Compared]]


def hear_and_compare(audio: Audio) -> Heard:
    """Hear a sound in one batch, whatever the number of cores is, and noisy windows twice.

    Return the words and what was compared.
    """
    compare = second_hearing.compare

    def listen() -> Heard:
        compared = list[Word | Compared]()

        def recorded(
            recognizer: Recognizer,
            words: Sequence[Word],
            packed: Sequence[windows.Window],
            context: Context,
        ) -> list[Word | Compared]:
            compared.extend(compare(recognizer, words, packed, context))
            return compared

        odds = speech(audio)
        recognizer = Recognizer(audio=audio, model=models().whisper, check=unchecked)
        packed = windows.pack(vad.find_speech(odds), odds)
        context = Context(speech=odds, code="en")
        first = list(recognize(recognizer, packed, context))
        with mock.patch.object(second_hearing, "compare", recorded):
            return second_hearing.hear_twice(recognizer, first, packed, context), compared

    return shared_results.once("compared", audio.samples.tobytes(), listen)
