"""Picks: whole sentences within the bounds, never overlapping, the planted moments among them."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from real_models import SAMPLE_TRUTH, text_models
from shared_media import media
from transcripts import letter_models, told, transcript

from pipeline.analysis import lexical_cues
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.highlights import details, keywords, reasons, scoring, selection, sentence_features
from training import scripts

OPTIONS = Options()


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Intersection over union of two spans."""
    inner = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    return inner / (max(a[1], b[1]) - min(a[0], b[0]))


def test_the_samples_moments_are_found() -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    found = selection.choose(told(SAMPLE_TRUTH.read_text()), None, text_models, OPTIONS, Control())
    hit = [
        max(overlap((m["start_s"], m["end_s"]), (h.start_s, h.end_s)) for h in found) >= 0.5
        for m in truth["moments"]
    ]
    assert sum(hit) >= 2, [(h.start_s, h.end_s, h.title) for h in found]


def test_the_podcasts_five_moments_are_among_the_first_six_and_whole() -> None:
    text = media("long/podcast_a.truth.json").read_text()
    found = selection.choose(told(text), None, text_models, OPTIONS, Control())
    alike = [
        max(overlap((m["start_s"], m["end_s"]), (h.start_s, h.end_s)) for h in found[:6])
        for m in json.loads(text)["moments"]
    ]
    assert min(alike) >= 0.75, alike


def test_ranking_twice_gives_the_same() -> None:
    talk, encoder = told(SAMPLE_TRUTH.read_text()), text_models
    first, second = (selection.choose(talk, None, encoder, OPTIONS, Control()) for _ in range(2))
    assert first == second


def test_a_sponsor_is_not_picked_before_a_story() -> None:
    story = "I remember the night we lost everything because nobody had checked the oldest pump."
    advert = "This episode is brought to you by Acme, use the code TALK for a discount at checkout."
    talk = transcript(
        [(advert, i * 8.0, i * 8.0 + 7.8) for i in range(4)]
        + [(story, 32 + i * 8.0, 39.8 + i * 8.0) for i in range(4)]
    )
    found = selection.choose(talk, None, text_models, OPTIONS, Control())
    assert found[0].first_sentence >= 4


def test_a_reason_names_what_is_there_and_only_that() -> None:
    talk = transcript([("Why does bread rise?", 0, 3), ("Yeast breathes out, slowly.", 3.2, 18)])
    (found,) = selection.choose(
        talk, None, letter_models, replace(OPTIONS, clip_count=1), Control()
    )
    assert found.reason.startswith("Opens with a question")
    assert "number" not in found.reason


def test_a_tag_asks_nothing() -> None:
    assert lexical_cues.read("Why does bread rise?").question
    assert lexical_cues.read("Is it on the right?").question
    assert lexical_cues.read("Right?").question
    assert not lexical_cues.read("I am an executive, right?").question
    assert not lexical_cues.read("It just works, you know?").question


def test_a_clip_ends_with_who_speaks_in_it() -> None:
    """The next question is no payoff."""
    told = "I never told anyone, but that night we lost everything."
    rows = [(told, i * 9.0, i * 9.0 + 8.8) for i in range(2)]
    rows.append(("And tell me of the winter after that.", 18.0, 26.8))
    talk = transcript([*rows, *((told, 27.0 + i * 9, 35.8 + i * 9) for i in range(2))])
    who = ["guest", "guest", "host", "guest", "guest"]
    talk = replace(
        talk,
        sentences=tuple(
            replace(s, speaker=name) for s, name in zip(talk.sentences, who, strict=True)
        ),
    )
    known = sentence_features.features(talk.sentences, text_models, None)
    whole, taken_over = (
        scoring.heads(known, np.array([0]), np.array([last]))["flow"][0] for last in (1, 2)
    )
    assert whole > taken_over


def test_a_reason_names_no_other_kind_than_the_clips() -> None:
    text = media("long/podcast_a.truth.json").read_text()
    found = selection.choose(told(text), None, text_models, OPTIONS, Control())
    told_kinds = [
        {kind for kind, name in reasons.KINDS.items() if name in h.reason.lower()} for h in found
    ]
    assert any(told_kinds)
    by_words = {"story", "howto", "data"}  # which words can show as well
    for h, kinds in zip(found, told_kinds, strict=True):
        assert kinds - by_words <= {h.kind}


def test_the_callers_count_and_bounds_are_kept() -> None:
    talk = told(SAMPLE_TRUTH.read_text())
    options = replace(OPTIONS, clip_count=2, min_duration_s=10, max_duration_s=20)
    found = selection.choose(talk, None, text_models, options, Control())
    assert len(found) == 2
    for h in found:
        spoken = talk.sentences[h.last_sentence].end_s - talk.sentences[h.first_sentence].start_s
        assert spoken >= 10
        gone = sum(gap.duration_s for gap in h.left_out)
        assert h.end_s - h.start_s - gone <= 20 + 1e-6


def test_a_keyword_brings_the_span_that_speaks_of_it() -> None:
    talk, encoder = told(SAMPLE_TRUTH.read_text()), text_models
    one = replace(OPTIONS, clip_count=1)
    (plain,) = selection.choose(talk, None, encoder, one, Control())
    said = [s.text for s in talk.sentences]
    moments = json.loads(SAMPLE_TRUTH.read_text())["moments"]
    elsewhere = next(  # a word of another good moment, said there alone
        word
        for s in talk.sentences
        if any(m["start_s"] <= s.start_s < m["end_s"] for m in moments)
        and not plain.start_s <= s.start_s < plain.end_s
        for word in s.text.strip(".?!").split()
        if len(word) > 6 and sum(word.lower() in t.lower() for t in said) == 1
    )
    asked = replace(one, keywords=(elsewhere.upper(),))
    (found,) = selection.choose(talk, None, encoder, asked, Control())
    text = " ".join(said[found.first_sentence : found.last_sentence + 1])
    assert elsewhere in text
    assert found.reason.startswith(f"Mentions “{elsewhere.upper()}”")


def test_a_keyword_that_nobody_says_changes_nothing() -> None:
    talk, encoder = told(SAMPLE_TRUTH.read_text()), text_models
    asked = replace(OPTIONS, keywords=("zeppelin", "quantum chromodynamics"))
    assert selection.choose(talk, None, encoder, asked, Control()) == selection.choose(
        talk, None, encoder, OPTIONS, Control()
    )


def test_among_spans_that_speak_of_a_keyword_the_better_one_wins() -> None:
    plain = "Well, the mortgage, it was, you know, kind of like that, I guess."
    story = "I lost everything because nobody ever told me the truth about a mortgage."
    talk = transcript(
        [(plain, i * 8.0, i * 8.0 + 7.8) for i in range(4)]
        + [(story, 60 + i * 8.0, 67.8 + i * 8.0) for i in range(4)]
    )
    asked = replace(OPTIONS, clip_count=1, keywords=("mortgages",))
    (found,) = selection.choose(talk, None, text_models, asked, Control())
    assert found.first_sentence >= 4


@pytest.mark.parametrize(
    ("keyword", "text", "speaks"),
    [
        ("mortgage", "Our Mortgages were due.", True),
        ("Bakery", "Two bakeries closed.", True),
        ("car", "He was caring for them.", False),
        ("car", "The car's door.", True),
        ("art", "We start again.", False),
        ("compound interest", "It is compound interest that counts.", True),
        ("compound interest", "An interest in a compound.", False),
        ("straße", "Die STRASSE ist leer.", True),
        ("天気", "今日はとても良い天気です。", True),
        ("C3PO", "And C3PO's arm.", True),
        ("?", "Why?", False),
    ],
)
def test_keywords_are_whole_words_of_any_case_and_ending(
    keyword: str, text: str, speaks: bool
) -> None:
    assert keywords.mentions([text], [keyword]).tolist() == [[speaks]]


def test_nothing_said_gives_nothing() -> None:
    empty = Transcript(language="en", duration_s=9.0, words=(), sentences=())
    assert selection.choose(empty, None, letter_models, OPTIONS, Control()) == ()


sentence = st.tuples(
    st.text("abcdefg ?!.", min_size=1, max_size=40).filter(str.strip),
    st.floats(0, 4),
    st.floats(0.3, 30),
)


@settings(deadline=None, max_examples=80)
@given(st.lists(sentence, min_size=1, max_size=40))
@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
def test_every_pick_is_whole_sentences_and_none_overlap(
    drawn: list[tuple[str, float, float]],
) -> None:
    at_s, rows = 0.0, []
    for text, gap_s, length_s in drawn:
        rows.append((text, at_s + gap_s, at_s + gap_s + length_s))
        at_s = rows[-1][2]
    talk = transcript(rows)
    found = selection.choose(talk, None, letter_models, OPTIONS, Control())
    assert found
    for h in found:
        first, last = talk.sentences[h.first_sentence], talk.sentences[h.last_sentence]
        before = talk.sentences[h.first_sentence - 1].end_s if h.first_sentence else 0.0
        after = (
            talk.sentences[h.last_sentence + 1].start_s
            if h.last_sentence + 1 < len(talk.sentences)
            else talk.duration_s
        )
        assert before <= h.start_s <= first.start_s
        assert last.end_s <= h.end_s <= after + 1e-9
        assert first.start_s - h.start_s <= 0.3
        assert h.end_s - last.end_s <= 0.3
        assert 0 <= h.virality_score <= 100
        assert h.reason.endswith(".")
    taken = sorted((h.first_sentence, h.last_sentence) for h in found)
    assert all(a[1] < b[0] for a, b in pairwise(taken))


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.text("abcdefg ?!.", min_size=1, max_size=40).filter(str.strip),
            st.floats(0, 6),
            st.just(0.0) | st.floats(0.01, 60),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from([None, 1, 50]),
)
def test_people_who_talk_at_once_are_never_cut(
    drawn: list[tuple[str, float, float]], count: int | None
) -> None:
    """Sentences begin in order and end as they will: within, after or with each other."""
    starts = np.cumsum([step for _, step, _ in drawn]).tolist()
    rows = [(text, at, at + s) for (text, _, s), at in zip(drawn, starts, strict=True)]
    talk = replace(transcript(rows), duration_s=max(end for _, _, end in rows))
    options = replace(OPTIONS, clip_count=count)
    found = selection.choose(talk, None, letter_models, options, Control())
    assert bool(found) == (talk.duration_s > starts[0])
    assert len(found) <= (count or selection.MAX_CLIPS)
    for h in found:
        inside = talk.sentences[h.first_sentence : h.last_sentence + 1]
        assert h.start_s <= min(s.start_s for s in inside)
        assert h.end_s >= max(s.end_s for s in inside)
        assert 0 <= h.start_s < h.end_s <= talk.duration_s + 1e-9
    taken = sorted((h.first_sentence, h.last_sentence) for h in found)
    assert all(a[1] < b[0] for a, b in pairwise(taken))
    times = sorted((h.start_s, h.end_s) for h in found)
    assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(times))


def test_a_clip_does_not_begin_amid_what_another_says() -> None:
    """Of two runs of the same words the one with silence around it is chosen."""
    story = "I never told anyone, but that night we lost everything."
    rows = [
        (story, 0.0, 9.0),
        (story, 10.0, 19.5),
        (story, 19.0, 28.5),  # begins before the one before it has ended
        (story, 28.0, 37.0),
        (story, 38.0, 47.0),
        (story, 48.0, 57.0),
    ]
    options = replace(OPTIONS, clip_count=1, min_duration_s=18, max_duration_s=20)
    found = selection.choose(transcript(rows), None, letter_models, options, Control())
    assert [h.first_sentence for h in found] == [4]


def test_a_further_clip_is_made_unasked_only_where_it_is_worth_one() -> None:
    """Beyond MIN_CLIPS no clip is below MIN_EXTRA_CLIP_SCORE; they come best first."""
    text = media("long/podcast_a.truth.json").read_text()
    talk = told(text)
    found = selection.choose(talk, None, text_models, OPTIONS, Control())
    scores = [h.virality_score for h in found]
    assert scores == sorted(scores, reverse=True)
    assert all(s >= selection.MIN_EXTRA_CLIP_SCORE for s in scores[selection.MIN_CLIPS :])
    asked = replace(OPTIONS, clip_count=9)
    more = selection.choose(talk, None, text_models, asked, Control())
    assert len(more) == 9
    assert [h.start_s for h in more[: len(found)]] == [h.start_s for h in found]


def test_the_same_point_is_made_once() -> None:
    """Three times the same words, and one other thing: the other is picked before a repetition."""
    point = [
        "I never told anyone, but that night we lost everything because nobody had checked it.",
        "It was the worst mistake of my life, and I learned more from it than from any success.",
    ]
    other = [
        "A good loaf wants time, a little salt, and water that is colder than you would think.",
        "So mix it in the evening, leave it alone, and bake it when the birds begin to sing.",
    ]
    rows = [
        (text, at + i * 9.0, at + i * 9.0 + 8.8)
        for at, texts in ((0.0, point), (60.0, point), (120.0, other), (180.0, point))
        for i, text in enumerate(texts)
    ]
    options = replace(OPTIONS, clip_count=4, max_duration_s=20)
    found = selection.choose(transcript(rows), None, text_models, options, Control())
    assert len(found) == 2
    assert {rows[h.first_sentence][0] for h in found} == {point[0], other[0]}


def test_spans_that_agree_outweigh_a_likelier_one_alone() -> None:
    """Of five cuts of one moment the likeliest is taken, before a lone span with a little more."""
    first = np.array([2, 2, 3, 2, 3, 20])
    last = np.array([8, 9, 8, 7, 9, 26])
    odds = np.array([1.9, 1.8, 1.7, 1.6, 1.5, 2.0])
    parts = dict.fromkeys(scoring.WEIGHTS, np.full(6, 0.5))
    found = scoring.Candidates(
        first, last, last, **parts, worth=scoring.worth(odds), preference=odds
    )
    talk = transcript([(f"Sentence {i}.", i * 4.0, i * 4.0 + 3.8) for i in range(40)])
    known = sentence_features.features(talk.sentences, letter_models, None)
    assert selection.select(found, known, 1) == [0]


def test_plain_talk_scores_below_moments_and_says_so() -> None:
    written = scripts.read(scripts.FOLDER / "test" / "en" / "founder-1.txt")
    said = written.talk.sentences
    rest = said[written.moments[-1].last + 1 :]
    plain = replace(
        written.talk, sentences=tuple(replace(s, first_word=0, last_word=0) for s in rest)
    )
    whole, nothing = (
        selection.choose(talk, None, text_models, OPTIONS, Control())
        for talk in (written.talk, plain)
    )
    assert nothing
    assert max(h.virality_score for h in nothing) < min(h.virality_score for h in whole[:2])
    for h in (*whole, *nothing):
        is_plain = h.virality_score < details.PLAIN_SCORE
        assert h.reason.endswith(", but no clear moment.") == is_plain
