"""An edit of a clip changes what is between its bounds, and leaves the rest of a talk alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import Breakdown, Highlight, Sentence, Source, Talk, Transcript, Word
from pipeline.editing import clip_edit
from pipeline.editing.clip_edit import ClipEdit

SENTENCE_WORDS = 4


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=1.0)


def highlight(start_s: float, end_s: float) -> Highlight:
    return Highlight(
        start_s=start_s,
        end_s=end_s,
        first_sentence=0,
        last_sentence=0,
        score=0.5,
        virality_score=50,
        breakdown=Breakdown(hook=0.1, flow=0.1, value=0.1, energy=0.1),
        reason="",
        title="",
    )


def talk(count: int) -> Talk:
    """A word a second, four to a sentence; the second sentence is doubtful, others change turns."""
    words = tuple(word(f"w{n}", n, n + 0.5) for n in range(count))
    firsts = range(0, count, SENTENCE_WORDS)
    sentences = tuple(
        Sentence(
            text=" ".join(w.text for w in words[n : n + SENTENCE_WORDS]),
            start_s=n,
            end_s=words[n : n + SENTENCE_WORDS][-1].end_s,
            first_word=n,
            last_word=min(n + SENTENCE_WORDS, count) - 1,
            speaker=f"Speaker {number % 2 + 1}",
            doubtful=number == 1,
        )
        for number, n in enumerate(firsts)
    )
    return Talk(
        source=Source.__new__(Source),
        transcript=Transcript(
            language="en", duration_s=float(count), words=words, sentences=sentences
        ),
    )


def spoken(found: Talk) -> list[str]:
    """The words of each sentence, which must be all words once, in their order."""
    said = found.transcript
    at = 0
    for sentence in said.sentences:
        assert sentence.first_word == at
        words = said.words[at : sentence.last_word + 1]
        assert sentence.text == " ".join(word.text for word in words)
        at = sentence.last_word + 1
    assert at == len(said.words)
    return [sentence.text for sentence in said.sentences]


bounds = st.tuples(st.floats(-1, 41), st.floats(0.5, 41)).filter(lambda pair: pair[0] < pair[1])
typed = st.none() | st.lists(st.sampled_from(["so", "he", "said."]), min_size=1, max_size=6)


@given(count=st.integers(1, 40), span=bounds, texts=typed)
def test_any_edit_leaves_a_sound_talk(
    count: int, span: tuple[float, float], texts: list[str] | None
) -> None:
    words = None
    if texts is not None:
        words = tuple(
            word(text, span[0] + n * 0.01, span[0] + n * 0.01) for n, text in enumerate(texts)
        )
    before = talk(count)
    heard = dict.fromkeys(range(count), "misheard")
    edit = ClipEdit(highlight=highlight(*span), words=words)
    after, marks = clip_edit.apply(before, edit, heard=heard)
    spoken(after)
    [clip] = after.highlights
    inside = after.transcript.sentences[clip.first_sentence : clip.last_sentence + 1]
    assert inside
    texts_inside = [
        word.text
        for word in after.transcript.words[inside[0].first_word : inside[-1].last_word + 1]
    ]
    if texts is not None:
        assert texts_inside == texts
    outside = [w for w in after.transcript.words if w in before.transcript.words]
    assert outside == [w for w in before.transcript.words if w in outside]
    marked = [after.transcript.words[n] for n in marks]
    assert marked == [w for w in after.transcript.words if w.text[1:].isdigit()]


def test_a_sentence_is_divided_at_the_bounds_and_others_stay() -> None:
    before = talk(16)
    after, _ = clip_edit.apply(before, ClipEdit(highlight=highlight(2, 10)))
    assert spoken(after) == ["w0 w1", "w2 w3", "w4 w5 w6 w7", "w8 w9", "w10 w11", "w12 w13 w14 w15"]
    [clip] = after.highlights
    assert (clip.first_sentence, clip.last_sentence) == (1, 3)
    kept = after.transcript.sentences[2]
    assert kept == before.transcript.sentences[1]
    assert kept.doubtful
    assert [s.speaker for s in after.transcript.sentences[:2]] == ["Speaker 1"] * 2


def test_words_that_are_typed_in_take_the_speaker_of_their_time() -> None:
    words = (
        word("Well.", 3.0, 3.2),
        word("So", 4.1, 4.3),
        word("f***.", 4.4, 4.6),
    )
    edit = ClipEdit(highlight=highlight(2, 6), words=words)
    after, heard = clip_edit.apply(talk(12), edit, heard={1: "a", 3: "b", 9: "c"})
    assert spoken(after) == ["w0 w1", "Well.", "So f***.", "w6 w7", "w8 w9 w10 w11"]
    speakers = [s.speaker for s in after.transcript.sentences]
    assert speakers == [*["Speaker 1"] * 2, *["Speaker 2"] * 2, "Speaker 1"]
    assert heard == {1: "a", 8: "c"}


def test_edits_that_nothing_is_left_of_are_dropped() -> None:
    words = (word("x", 3.0, 3.2),)
    span, worded = (
        ClipEdit(highlight=highlight(2, 6)),
        ClipEdit(highlight=highlight(2, 6), words=words),
    )
    last = ClipEdit(highlight=highlight(1, 8))
    assert clip_edit.followed_by([span], last) == (last,)
    assert clip_edit.followed_by([worded, span], last) == (worded, last)
    over = replace(last, words=words)
    assert clip_edit.followed_by([worded, span], over) == (over,)
    apart = replace(over, highlight=highlight(3, 5))
    assert clip_edit.followed_by([worded], apart) == (worded, apart)
