"""What is chosen from a transcript and written of it, once for all workers of a session."""

import real_models
import shared_results

from pipeline.core.control import Control
from pipeline.core.data import Highlight, Options, Transcript
from pipeline.core.texts import TEXT_KINDS, TextOptions, Texts
from pipeline.highlights import selection
from pipeline.texts.writer import write_texts


def chosen(transcript: Transcript, options: Options | None = None) -> tuple[Highlight, ...]:
    """Choose the highlights of a transcript, without sound."""
    wanted = options or Options()

    def choose() -> tuple[Highlight, ...]:
        return selection.choose(transcript, None, real_models.text_models, wanted, Control())

    return shared_results.once("chosen", repr((transcript, wanted)).encode(), choose)


def written(transcript: Transcript, text_options: TextOptions | None = None) -> Texts:
    """Write every kind of text of a transcript and its highlights."""
    wanted = text_options or TextOptions()

    def write() -> Texts:
        return write_texts(
            transcript,
            chosen(transcript),
            models=real_models.text_models,
            kinds=TEXT_KINDS,
            text_options=wanted,
        )

    return shared_results.once("written", repr((transcript, wanted)).encode(), write)
