"""What goes of a clip when pauses and hesitations go, and what never does."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from films import RATE, speech_like
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.arrays import F32
from pipeline.core.data import Options, Span, Word
from pipeline.core.timemap import TimeMap, remap_words
from pipeline.editing import tightening
from pipeline.editing.silence import Quiet
from pipeline.language.fillers import is_filler

STEP_S = 0.04
NATURAL, FAST = Options(remove_silences="natural"), Options(remove_silences="fast")
FILLERS = Options(remove_fillers=True)


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=0.9)


def spoken(words: Sequence[Word], seconds: float, also: Sequence[Span] = ()) -> F32:
    """Noise where words are, a room's hiss elsewhere; (2, n). `also`: loud without words."""
    sound = np.random.default_rng(1).standard_normal((1, round(seconds * RATE))) * 1e-4
    loud = [(w.start_s, w.end_s) for w in words] + [(s.start_s, s.end_s) for s in also]
    for start_s, end_s in loud:
        first, end = round(start_s * RATE), round(end_s * RATE)
        sound[:, first:end] += speech_like((end - first) / RATE)[:, : end - first]
    return np.asarray(np.repeat(sound, 2, axis=0), dtype=np.float32)


def kept(
    words: Sequence[Word],
    seconds: float,
    options: Options,
    *,
    also: Sequence[Span] = (),
    language: str = "en",
    start_s: float = 0.0,
    left_out: Sequence[Span] = (),
) -> list[tuple[float, float]]:
    quiet = Quiet(spoken(words, seconds, also), 0.0, words)
    spans = tightening.find_kept_spans(
        words,
        Span(start_s=start_s, end_s=seconds),
        options=options,
        language=language,
        quiet=quiet,
        step_s=STEP_S,
        left_out=left_out,
    )
    return [(s.start_s, s.end_s) for s in spans]


PAUSED = [word("One", 0.2, 1.0), word("two", 1.2, 2.0), word("three.", 4.0, 5.0)]


@pytest.mark.parametrize(("options", "least", "most"), [(NATURAL, 0.25, 0.35), (FAST, 0.1, 0.18)])
def test_a_long_pause_becomes_a_short_one(options: Options, least: float, most: float) -> None:
    (_, end_s), (start_s, _) = kept(PAUSED, 5.2, options)
    left_s = (end_s - 2.0) + (4.0 - start_s)
    assert least <= left_s <= most
    assert end_s > 2.0
    assert start_s < 4.0


def test_only_fast_shortens_a_breath() -> None:
    words = [word("One", 0.2, 1.0), word("two", 1.4, 2.0)]
    assert kept(words, 2.2, NATURAL) == []
    assert len(kept(words, 2.2, FAST)) == 2


def test_nothing_is_cut_where_nothing_was_asked_for() -> None:
    assert kept(PAUSED, 5.2, Options()) == []
    assert kept(PAUSED, 5.2, FILLERS) == []


@pytest.mark.parametrize("options", [NATURAL, FAST])
def test_laughter_between_sentences_stays(options: Options) -> None:
    laughter = Span(start_s=2.1, end_s=3.9)
    assert kept(PAUSED, 5.2, options, also=[laughter]) == []


def test_the_quiet_after_laughter_goes() -> None:
    words = [word("Joke.", 0.2, 1.0), word("Then", 6.0, 7.0)]
    (_, end_s), (start_s, _) = kept(words, 7.2, NATURAL, also=[Span(start_s=1.0, end_s=3.0)])
    assert 3.0 < end_s < 3.3
    assert 5.7 < start_s < 6.0


@pytest.mark.parametrize("options", [NATURAL, FAST])
def test_the_rests_of_a_tune_stay(options: Options) -> None:
    words = [word("Listen.", 0.2, 1.0), word("Nice.", 6.0, 7.0)]
    tune = [Span(start_s=t, end_s=t + 0.4) for t in (1.2, 2.3, 3.6, 4.7, 5.5)]
    assert kept(words, 7.2, options, also=tune) == []


def test_a_click_does_not_keep_a_pause() -> None:
    click = Span(start_s=3.0, end_s=3.02)
    assert len(kept(PAUSED, 5.2, FAST, also=[click])) == 2


def test_a_loud_room_is_quiet_where_nobody_speaks() -> None:
    """A fan 14 dB below the speech is no reason to keep a pause: it is there all the time."""
    sound = spoken(PAUSED, 5.2)
    speech = float(np.sqrt((speech_like(1.0) ** 2).mean()))
    sound += np.random.default_rng(2).standard_normal(sound.shape).astype(np.float32) * speech / 5
    spans = tightening.find_kept_spans(
        PAUSED,
        Span(start_s=0.0, end_s=5.2),
        options=NATURAL,
        language="en",
        quiet=Quiet(sound, 0.0, PAUSED),
        step_s=STEP_S,
    )
    assert len(spans) == 2


def test_silence_at_both_ends_goes_too() -> None:
    words = [word("One", 3.0, 4.0), word("two.", 4.1, 5.0)]
    [(start_s, end_s)] = kept(words, 9.0, NATURAL)
    assert 2.8 < start_s < 2.95
    assert 5.2 < end_s < 5.8


UM = [word("We", 0.2, 0.6), word("um,", 0.9, 1.3), word("think", 1.7, 2.2)]


def test_a_hesitation_goes_with_the_pause_around_it() -> None:
    (_, end_s), (start_s, _) = kept(UM, 2.4, FILLERS)
    assert 0.6 < end_s <= 0.9
    assert 1.3 <= start_s < 1.7
    assert (end_s - 0.6) + (1.7 - start_s) < 0.4


def test_a_hesitation_without_a_pause_goes_by_itself() -> None:
    words = [word("We", 0.2, 0.6), word("uh", 0.6, 1.0), word("think", 1.0, 2.0)]
    (_, end_s), (start_s, _) = kept(words, 2.2, FILLERS)
    assert end_s == pytest.approx(0.6)
    assert start_s == pytest.approx(1.0, abs=STEP_S)
    assert start_s <= 1.0 + 1e-9


def test_a_hesitation_that_begins_before_its_time_goes_whole() -> None:
    """The recognizer gives the pause, and the first 60 ms of the sound, to the word before."""
    words = [word("So", 0.2, 1.0), word("um", 1.0, 1.4), word("yes", 1.7, 2.4)]
    heard = [word("So", 0.2, 0.8), word("um", 0.94, 1.4), word("yes", 1.7, 2.4)]
    spans = tightening.find_kept_spans(
        words,
        Span(start_s=0.0, end_s=2.6),
        options=FILLERS,
        language="en",
        quiet=Quiet(spoken(heard, 2.6), 0.0, words),
        step_s=STEP_S,
    )
    assert 0.8 < spans[0].end_s <= 0.95


def test_laughter_beside_a_hesitation_stays() -> None:
    words = [word("Joke.", 0.2, 0.6), word("Um,", 2.5, 2.9), word("yes.", 3.0, 4.0)]
    (_, end_s), (start_s, _) = kept(words, 4.2, FILLERS, also=[Span(start_s=0.6, end_s=2.4)])
    assert 2.4 <= end_s <= 2.5
    assert 2.85 <= start_s <= 3.0


def test_hesitations_at_the_ends_go() -> None:
    words = [
        word("Um,", 0.1, 0.5),
        word("we", 0.8, 1.2),
        word("think.", 1.2, 2.0),
        word("Uh.", 2.4, 2.9),
    ]
    [(start_s, end_s)] = kept(words, 3.1, FILLERS)
    assert 0.5 <= start_s < 0.8
    assert 2.0 < end_s <= 2.4


def test_a_clip_of_nothing_but_hesitations_stays_as_it_is() -> None:
    assert kept([word("Um.", 0.2, 0.8), word("Uh.", 1.0, 2.0)], 2.2, FILLERS) == []


DIGRESSION = [word(f"w{i}.", 0.2 + i, 0.9 + i) for i in range(9)]


def test_what_is_left_out_goes_whatever_was_asked_for() -> None:
    (before, after) = kept(DIGRESSION, 9.2, Options(), left_out=[Span(start_s=2.0, end_s=5.1)])
    assert before == (0.0, 2.0)
    assert after[0] == pytest.approx(5.1, abs=STEP_S)
    assert after[1] == 9.2
    steps = (after[0] - before[1]) / STEP_S
    assert steps == pytest.approx(round(steps), abs=1e-6)  # pictures keep their own times


def test_pauses_beside_what_is_left_out_are_still_shortened() -> None:
    words = [*DIGRESSION[:2], *(word(w.text, w.start_s + 3, w.end_s + 3) for w in DIGRESSION[2:])]
    alone = kept(words, 12.2, NATURAL)
    both = kept(words, 12.2, NATURAL, left_out=[Span(start_s=6.0, end_s=9.1)])
    assert len(both) == len(alone) + 1
    assert both[0] == alone[0]


def test_words_beyond_the_clip_move_nothing_in_it() -> None:
    words = [word("Before", -3.0, -2.0), *PAUSED, word("after.", 9.0, 9.5)]
    spans = tightening.find_kept_spans(
        words,
        Span(start_s=0.0, end_s=5.2),
        options=NATURAL,
        language="en",
        quiet=Quiet(spoken(PAUSED, 5.2), 0.0, words),
        step_s=STEP_S,
    )
    assert [(s.start_s, s.end_s) for s in spans] == kept(PAUSED, 5.2, NATURAL)


def test_no_words_no_cuts() -> None:
    assert kept([], 3.0, replace(FAST, remove_fillers=True)) == []


HESITATIONS = {
    "en": "um, Um. uh Uhm umm uhhh erm er",
    "de": "äh Ähm, öh ähhm ehm",
    "fr": "euh, Euh heu",
    "es": "eh, ehm em",
    "it": "ehm",
    "pt": "hum",
    "nl": "eh uhm euh",
    "ru": "э эм ммм",
    "pl": "yyy eee",
    "ja": "えーと、 えっと えー あのー",
    "zh": "呃",
}
MEANT = {
    "en": "like so well you know ah hm mhm uh-huh ER UM human err umbrella Uh?",
    "de": "um er eh ach hm ähnlich",
    "fr": "eu hum ben alors œuf",
    "es": "este ¿eh? pues he",
    "it": "eh beh",
    "pt": "um em é uma",
    "nl": "er een",
    "ru": "эх этот",
    "pl": "y e ten",
    "ja": "あの 人 と え",
    "zh": "嗯 那个",
    "xx": "um uh",
}


@pytest.mark.parametrize("language", HESITATIONS)
def test_sounds_that_mean_nothing_are_known(language: str) -> None:
    for text in HESITATIONS[language].split():
        assert is_filler(word(text, 0, 1), language), text


@pytest.mark.parametrize("language", MEANT)
def test_words_that_mean_something_are_not(language: str) -> None:
    for text in MEANT[language].split():
        assert not is_filler(word(text, 0, 1), language), text


pauses = st.floats(0.0, 2.5)
lengths = st.floats(0.04, 1.2)
texts = st.sampled_from(["um", "word", "uh,", "yes.", "語", "كلمة", "🙂"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(pauses, lengths, texts), min_size=1, max_size=25),
    st.sampled_from([NATURAL, FAST, FILLERS, replace(FAST, remove_fillers=True)]),
)
def test_whatever_is_said_no_word_is_hurt(
    parts: list[tuple[float, float, str]], options: Options
) -> None:
    words, at_s = [], 0.0
    for pause_s, length_s, text in parts:
        words.append(word(text, at_s + pause_s, at_s + pause_s + length_s))
        at_s = words[-1].end_s
    spans = kept(words, at_s + 0.5, options)
    removed = [b[0] - a[1] for a, b in pairwise(spans)]
    assert all(end_s - start_s >= 0.25 - 1e-6 for start_s, end_s in spans)
    assert all(gap_s >= 0.15 - 1e-6 for gap_s in removed)
    assert all(abs(gap_s / STEP_S - round(gap_s / STEP_S)) < 1e-4 for gap_s in removed)
    stays = [w for w in words if not (options.remove_fillers and is_filler(w, "en"))]
    for w in stays if spans else []:
        assert any(a <= w.start_s + 1e-6 and w.end_s <= b + 1e-6 for a, b in spans), w
    if spans:
        cut = TimeMap(tuple(Span(start_s=a, end_s=b) for a, b in spans))
        shown = remap_words(words, cut)
        assert len(shown) >= len(stays)
        assert all(a.end_s <= b.start_s + 1e-6 for a, b in pairwise(shown))
        assert shown[-1].end_s <= cut.duration_s + 1e-6


CUT = TimeMap((Span(start_s=10.0, end_s=12.0), Span(start_s=15.0, end_s=16.0)))


def test_the_clips_clock_leaves_out_what_was_cut() -> None:
    assert CUT.duration_s == 3.0
    assert [CUT.to_clip(t) for t in (9, 10, 11.5, 12, 14, 15, 15.5, 16, 99)] == [
        0,
        0,
        1.5,
        2,
        2,
        2,
        2.5,
        3,
        3,
    ]
    assert [CUT.to_source(t) for t in (-1, 0, 1.5, 2, 2.5, 3, 9)] == [
        10,
        10,
        11.5,
        15,
        15.5,
        16,
        16,
    ]
    assert [CUT.holds(t) for t in (9.9, 10, 12, 14, 15, 16)] == [
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_words_that_were_cut_pass_on_their_capital_and_their_full_stop() -> None:
    words = [
        word("Um,", 12.2, 12.5),
        word("yes,", 15.0, 15.2),
        word("uh.", 12.5, 13.0),
        word("Er,", 13.0, 14.0),
        word("no.", 15.3, 15.9),
    ]
    assert [w.text for w in remap_words(words, CUT)] == ["Yes.", "No."]
    assert [w.start_s for w in remap_words(words, CUT)] == pytest.approx([2.0, 2.3])
