"""What is said becomes readable by leaving things out, and nothing that may be meant is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.cleanup import split_sentences, tidy, together
from pipeline.language.disfluencies import bare


def tokens(text: str) -> set[str]:
    """Words and numbers, without marks around them."""
    return {word for token in re.split(r"[\s/]+", text) if (word := bare(token))}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Um, so I, I went to the, uh, the market.", "So I went to the market."),
        ("I was, I was going to say no.", "I was going to say no."),
        ("And we w- we won", "And we won."),
        ("No, no, no, that is very, very wrong.", "No, no, no, that is very, very wrong."),
        ("He had had enough of New York, New York.", "He had had enough of New York, New York."),
        ("Call five five five.", "Call five five five."),
        ("Pay 20 20 times.", "Pay 20 20 times."),
        ("Um.", ""),
        ("Well, um, hmm?", "Well?"),
        ("Dr. Smith paid 3.5 million.", "Dr. Smith paid 3.5 million."),
        ("I teach Ada and Bob, and Bob broke one.", "I teach Ada and Bob, and Bob broke one."),
        ("Like it or not, not everyone wants one.", "Like it or not, not everyone wants one."),
        (
            "If you can fix it, fix it, because it pays.",
            "If you can fix it, fix it, because it pays.",
        ),
        ("If it works, it works.", "If it works, it works."),
        ("I know who you are, you are not my son.", "I know who you are, you are not my son."),
        ("I told you you were right.", "I told you you were right."),
        ("I gave her her book.", "I gave her her book."),
        ("It took twenty, I mean, five years.", "It took twenty, I mean, five years."),
        ("It was 1.5, sorry, 5 percent.", "It was 1.5, sorry, 5 percent."),
        ("It wasn't easy, well, easy for me.", "It wasn't easy, well, easy for me."),
        ("You look left, right, left again.", "You look left, right, left again."),
        ("Do you want to go, yeah?", "Do you want to go?"),
        ("It is after the, after the war.", "It is after the war."),
        ("Two plus two plus two is six.", "Two plus two plus two is six."),
        ('A 6" pipe and a<b is f[0](x).', 'A 6" pipe and a<b is f[0](x).'),
        ("It took five, or five and a half.", "It took five, or five and a half."),
        ("It was yes, or, well, yes and no.", "It was yes, or, well, yes and no."),
        ("I wanted to, to be honest.", "I wanted to, to be honest."),
        ("My friend and I, I mean it.", "My friend and I, I mean it."),
        ("I saw Ann and Bob, um, Bob fell.", "I saw Ann and Bob, Bob fell."),
        ("I saw Ann, Bob, um, Bob fell.", "I saw Ann, Bob, Bob fell."),
        ("Lower panel, number, um, number five.", "Lower panel, number five."),
        (
            "The man I came with, I came with a friend.",
            "The man I came with, I came with a friend.",
        ),
        ("You, you never know.", "You never know."),
        ("It works, right?", "It works."),
        ("Is that right?", "Is that right?"),
        ('He said "this is the job.', "He said this is the job."),
        ("We did it, and then...", "We did it, and then."),
        ("So S = a + ar + ...", "So S = a + ar + ..."),
    ],
)
def test_speech_is_tidied_by_leaving_out(said: str, read: str) -> None:
    assert tidy(said) == read


@pytest.mark.parametrize(
    ("language", "said", "read"),
    [
        ("fr", "Nous nous sommes mariés.", "Nous nous sommes mariés."),
        ("fr", "Vous vous levez tôt.", "Vous vous levez tôt."),
        ("de", "Das sind die, die immer kommen.", "Das sind die, die immer kommen."),
        (
            "de",
            "Ob du willst oder nicht, nicht jeder kann das.",
            "Ob du willst oder nicht, nicht jeder kann das.",
        ),
        ("de", "Was gut ist, ist teuer.", "Was gut ist, ist teuer."),
        ("de", "Er kommt mit, mit dem Rad.", "Er kommt mit, mit dem Rad."),
        ("nl", "Wat goed is, is duur.", "Wat goed is, is duur."),
        ("fr", "Allez voir avant de, avant de bâtir.", "Allez voir avant de bâtir."),
        ("de", "Umwelt- und Klimaschutz.", "Umwelt- und Klimaschutz."),
        ("de", "Willst du das, ja?", "Willst du das, ja?"),
        ("es", "Lo que fue, fue.", "Lo que fue, fue."),
        ("es", "¿Vienes, no?", "¿Vienes?"),
        ("it", "Andavamo piano piano.", "Andavamo piano piano."),
        ("nl", "Hoe je je voelt.", "Hoe je je voelt."),
        ("ru", "Хочешь или нет, нет денег.", "Хочешь или нет, нет денег."),
        ("zh", "海不会骗人，骗人的是着急。", "海不会骗人，骗人的是着急。"),
        ("zh", "去了一百二十，二十人没回来。", "去了一百二十，二十人没回来。"),
        ("zh", "这个金额，我们付不起。", "这个金额，我们付不起。"),
        ("zh", "嗯，气也没用。", "气也没用。"),
        ("ja", "えっと、行きました。", "行きました。"),
    ],
)
def test_what_grammar_says_twice_stays(language: str, said: str, read: str) -> None:
    assert tidy(said, language) == read


def test_a_filler_of_one_language_is_a_word_in_another() -> None:
    assert tidy("Es geht um alles.", "de") == "Es geht um alles."
    assert tidy("Das, äh, das ist gut.", "de") == "Das ist gut."


def test_abbreviations_and_decimals_end_no_sentence() -> None:
    assert split_sentences("Dr. Who paid 3.5 pounds. Really? Yes.") == [
        "Dr. Who paid 3.5 pounds.",
        "Really?",
        "Yes.",
    ]


def test_sentences_are_joined_without_a_space_where_the_script_has_none() -> None:
    assert together(["他想……", "后来走了。", "好。"]) == "他想……后来走了。好。"
    assert together(["The room just … it went.", "I see …", "Yes."]) == (
        "The room just … it went. I see … Yes."
    )


def test_an_ellipsis_ends_a_sentence_only_before_a_capital() -> None:
    assert split_sentences("The room just … it went. I see … Yes.") == [
        "The room just … it went.",
        "I see …",
        "Yes.",
    ]


@given(st.text(alphabet="aábcim uh,.?!-'59 Tt", max_size=120))
def test_tidying_adds_no_word_and_changes_no_number(text: str) -> None:
    tidied = tidy(text)
    assert tokens(tidied) <= tokens(text)
    assert re.findall(r"\d+", tidied) == re.findall(r"\d+", text) or not tidied
    assert tidy(tidied) == tidied or len(tidy(tidied)) < len(tidied)
