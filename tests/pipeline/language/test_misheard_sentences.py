"""Nothing that stands without the sound is made of sentences that may be misheard."""

import numpy as np
import pytest
from real_models import text_models
from spoken_words import spoken

from pipeline.core.control import Control
from pipeline.core.data import Audio, Options, Transcript, Word
from pipeline.highlights import selection
from pipeline.language import misheard_sentences, sentences
from pipeline.texts import writer

SURE = (
    "We bake the bread at night because the dough needs sixteen hours. "
    "Most people think that flour is the secret, but it is time. "
    "If you remember one thing, remember to wait until the dough is ready. "
)
MISHEARD = "My daughter is really strange. The elephants were counting purple submarines. "


def transcript(*parts: tuple[str, float]) -> Transcript:
    said: list[Word] = []
    for text, probability in parts:
        start_s = said[-1].end_s + 0.3 if said else 0.0
        said += spoken(text, start_s=start_s, gap_s=0.1, probability=probability)
    return Transcript(
        language="en",
        duration_s=said[-1].end_s + 1.0,
        words=tuple(said),
        sentences=sentences.split(said, "en", heard=True),
    )


@pytest.mark.parametrize(
    ("text", "odds", "doubtful"),
    [
        ("the dough needs hours", (0.9, 0.95, 0.9, 0.99), False),
        ("the dough needs hours", (0.6, 0.95, 0.9, 0.99), False),  # "the" or "a"
        ("bake with the lid on", (0.95, 0.9, 0.9, 0.95, 0.4), True),  # or off
        ("the dough needs hours", (0.9, 0.3, 0.95, 0.99), True),
        ("the dough needs hours", (0.7, 0.7, 0.7, 0.7), True),
        ("", (), False),
    ],
)
def test_a_sentence_is_doubtful(text: str, odds: tuple[float, ...], doubtful: bool) -> None:
    said = [
        Word(text=one, start_s=0.0, end_s=0.1, probability=p)
        for one, p in zip(text.split(), odds, strict=True)
    ]
    assert misheard_sentences.is_doubtful(said, "en") is doubtful


@pytest.mark.parametrize(("odds", "doubtful"), [(0.97, False), (0.92, True)])
def test_what_is_likely_enough_in_a_clear_talk_is_not_in_a_noisy_one(
    odds: float, doubtful: bool
) -> None:
    borderline = spoken("The lamp needs water.", probability=0.88)
    rest = [spoken("The baker sells brown bread near Hallow Rock.", probability=odds)] * 20
    assert misheard_sentences.doubtful([borderline, *rest], "en")[0] is doubtful
    assert not misheard_sentences.doubtful([borderline], "en")[0]  # one word in a short talk


def test_of_a_talk_in_loud_noise_only_the_surest_sentences_stay() -> None:
    said = [spoken("Mountain rivers carry stone.", probability=0.99 - 0.006 * i) for i in range(40)]
    assert not any(misheard_sentences.is_doubtful(one, "en") for one in said)  # each by itself
    found = misheard_sentences.doubtful(said, "en")
    assert found == sorted(found)
    assert not found[8]
    assert found[20]


def test_a_callers_own_words_are_not_doubted() -> None:
    (one,) = sentences.split(spoken("The dough needs hours.", probability=0.1), "en")
    assert not one.doubtful


OTHER = (
    "I sold my first chair for three times what I asked. "
    "The buyer said that nobody had ever told him how long the wood takes. "
    "Since that day I tell every buyer the story of the tree before I name a price. "
)


@pytest.mark.parametrize("doubted", [0, 1])
def test_of_two_stories_the_one_that_is_sure_is_picked(doubted: int) -> None:
    odds = [0.97, 0.97]
    odds[doubted] = 0.6
    said = transcript((SURE, odds[0]), (OTHER, odds[1]))
    options = Options(min_duration_s=10.0, max_duration_s=18.0, clip_count=1)
    (pick,) = selection.choose(said, None, text_models, options, Control())
    assert not any(s.doubtful for s in said.sentences[pick.first_sentence : pick.last_sentence + 1])


def talk(transcript: Transcript) -> str:
    """Everything that is written of a talk, lower case."""
    sound = Audio(samples=np.zeros(round(transcript.duration_s * 16_000), np.int16))
    options = Options(min_duration_s=5.0, max_duration_s=60.0)
    picks = selection.choose(transcript, sound, text_models, options, Control())
    texts = writer.write_texts(transcript, picks, models=text_models)
    assert picks
    assert all(pick.title for pick in picks)
    written = [texts.twitter_thread, texts.linkedin_post, texts.blog_post]
    written += [w for p in picks for w in (p.title, p.description, p.reason, *p.hashtags)]
    return "\n".join(written).lower()


def test_titles_and_texts_are_made_of_what_is_sure() -> None:
    said = talk(transcript((SURE * 2, 0.97), (MISHEARD, 0.35), (SURE, 0.97)))
    assert "dough" in said
    for word in ("daughter", "strange", "elephants", "purple", "submarines"):
        assert word not in said


def test_a_talk_that_is_doubtful_throughout_gets_no_texts() -> None:
    said = talk(transcript((MISHEARD * 6, 0.35)))
    for word in ("daughter", "strange", "elephants", "purple", "submarines"):
        assert word not in said
