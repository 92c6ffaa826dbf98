"""Run-ons become sentences, direct speech is quoted, and what was given up is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language import languages
from pipeline.language.copy_editing import join_torn, punctuate
from pipeline.language.disfluencies import bare

DIVIDED = {
    "It began with a radio that I could not fix, an old man put it in front of me.": (
        "It began with a radio that I could not fix. An old man put it in front of me."
    ),
    "A man put it down, and said that it was silent since she died, I changed a part.": (
        "A man put it down, and said that it was silent since she died. I changed a part."
    ),
    "He's a lovely man, he's not a fast man.": "He's a lovely man. He's not a fast man.",
    "They were desperate, they wanted to build a wing.": (
        "They were desperate. They wanted to build a wing."
    ),
    "He gave it to his daughter, Fenna, she does the cakes.": (
        "He gave it to his daughter, Fenna. She does the cakes."
    ),
    "In the afternoon, it's quiet enough, there's hardly ever a queue.": (
        "In the afternoon, it's quiet enough. There's hardly ever a queue."
    ),
    "There was a call, it was a Tuesday, from a woman in Wales.": (
        "There was a call – it was a Tuesday – from a woman in Wales."
    ),
    "I had it out, it was on the bench, on the felt.": (
        "I had it out. It was on the bench, on the felt."
    ),
    "We don't all pay, it may be some people, like those who drive.": (
        "We don't all pay. It may be some people, like those who drive."
    ),
    "I was there the night, it was two winters ago, there was a boat, and it sank.": (
        "I was there the night – it was two winters ago – there was a boat, and it sank."
    ),
    "He's there all the time, he's a good man, he never leaves.": (
        "He's there all the time. He's a good man. He never leaves."
    ),
    "I was there at the time, it was cold, there was nobody.": (
        "I was there at the time. It was cold. There was nobody."
    ),
    "We sold it, we bought it again, and we never painted it.": (
        "We sold it. We bought it again, and we never painted it."
    ),
}
QUOTED = {
    "A bunch of people were like Hey, this is smart.": (
        "A bunch of people were like, “Hey, this is smart.”"
    ),
    "And she said, are you the glass man?": "And she said, “Are you the glass man?”",
    "I told my husband, we'll be here an hour.": "I told my husband, “We'll be here an hour.”",
    "And he said to me in the pub, it's the only thing that can't break.": (
        "And he said to me in the pub, “It's the only thing that can't break.”"
    ),
    "He said, come in, and I said, not today.": "He said, “Come in,” and I said, “Not today.”",
    "Then she said, don't touch anything, and that was my first lesson.": (
        "Then she said, “Don't touch anything,” and that was my first lesson."
    ),
}
GIVEN_UP = {
    "It was late, it was raining hard and.": "It was late. It was raining hard.",
    "They do it in the banks, both in the big houses and.": "They do it in the banks.",
    "He said that, it had been silent for years.": "He said that it had been silent for years.",
    "The tall one is, it's two meters.": "The tall one is two meters.",
    "A woman called Wilma, who was, she was the last.": "A woman called Wilma, who was the last.",
    "And that's, you can't get it out.": "And you can't get it out.",
    "It doesn't even, it wasn't a smash at all.": "It wasn't a smash at all.",
    "That's why you're, you're standing there.": "That's why you're standing there.",
}
TORN = {  # two sentences of a speaker
    ("The sun was low and the whole room just, um.", "It went.", "en"): (
        "The sun was low and the whole room just … it went."
    ),
    ("I called them in, and Clement just.", "He cried.", "en"): (
        "I called them in, and Clement just … he cried."
    ),
    ("Die Sonne stand tief und der ganze Saal und.", "Er ging auf.", "de"): (
        "Die Sonne stand tief und der ganze Saal und … er ging auf."
    ),
    ("Le soleil était bas et la salle mais.", "Elle a crié.", "fr"): (
        "Le soleil était bas et la salle mais… elle a crié."
    ),
}
APART = [
    ("We talked to them about it, but.", "It was late.", "en"),
    ("It was cheap, and it just.", "It broke.", "en"),
    ("The sun was low and the whole room just.", "Nobody spoke.", "en"),
    ("The sun was low and the whole room just.", "It was the best thing I have ever seen.", "en"),
    ("The sun was low and the whole room went.", "It was late.", "en"),
    ("Die Sonne stand tief und der ganze Saal und.", "Sie wissen das.", "de"),
    ("The sun was low and the whole room just.", "It went.", "tlh"),
]
KEPT = [
    "I was there the night, it was cold.",
    "It turned out, he was right.",
    "We did the same again, over and over, and it got better.",
    "There are drugs that need no needle, I'm pretty sure.",
    "It would say, give me all of them that start with an A.",
    "So I know what carpet feels like, I'm having a look.",
    "Big tech, or whoever it is, is mining these communities.",
    "As I said, I'm an engineer.",
    "They made it so complicated, there are no obvious errors.",
    "We're still at the very, very beginning of the curve.",
    "I'm very, very keen to avoid that.",
    "It's like Go having an embedded database.",
    "That said, it's gotta get into the world.",
    "The book, an old one, was lost.",
    "If you came on Monday, you saw nothing.",
    "The first time I came, I was ill.",
    "Every time I pay you, you have to give me that address.",
    "The word I was looking for, I couldn't find it.",
    "The man who came, he was nice.",
    "Because we were losing interest, there were fewer of them.",
    "I said, though, that it was late.",
    "As she said, nobody came.",
    "It was late, you know, and we left.",
    "The privacy features, they have to come first.",
    "For me, it was hard.",
    "I think, I was too late.",
    "It could be a business, it could be a team, or it could be you.",
    "Why do queues get so long when, on average, there's enough room?",
    'He wrote "Well, that is a lot of work" and left.',
]


@pytest.mark.parametrize("said", DIVIDED)
def test_main_clauses_between_commas_become_sentences(said: str) -> None:
    assert punctuate(said, "en") == DIVIDED[said]


@pytest.mark.parametrize("said", QUOTED)
def test_direct_speech_is_quoted_to_its_end(said: str) -> None:
    assert punctuate(said, "en") == QUOTED[said]


@pytest.mark.parametrize("said", GIVEN_UP)
def test_what_was_given_up_is_dropped(said: str) -> None:
    assert punctuate(said, "en") == GIVEN_UP[said]


@pytest.mark.parametrize("said", TORN)
def test_a_torn_end_that_is_taken_up_stays(said: tuple[str, str, str]) -> None:
    assert join_torn(*said) == TORN[said]


@pytest.mark.parametrize("said", APART)
def test_no_other_sentences_are_joined(said: tuple[str, str, str]) -> None:
    assert join_torn(*said) == ""


@pytest.mark.parametrize("said", KEPT)
def test_what_is_not_sure_stays_as_it_was(said: str) -> None:
    assert punctuate(said, "en") == said


# ruff: noqa: SIM905 - a list of quoted words is no easier to read
WORDS = st.sampled_from(
    "I you he it's that's and but said says was is, man, the a who, Ann dog. ran, ran to if “so” ?"
    " there they're, and, well".split()
)


@given(st.lists(WORDS, max_size=24), st.sampled_from([*languages.codes(), "xx"]))
def test_no_word_is_added_and_their_order_stays(words: list[str], language: str) -> None:
    said = " ".join(words)
    before, after = ([bare(t) for t in text.split()] for text in (said, punctuate(said, language)))
    left = iter(w for w in before if w)
    assert all(word in left for word in after if word)


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    punctuate(text, "en")
