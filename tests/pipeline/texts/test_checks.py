"""Texts are held against what was said, and against what a text must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts import transcript

from pipeline.core.data import Transcript
from pipeline.core.texts import TextKind
from pipeline.language.numerals import numbers
from pipeline.texts.checks import Fault, faults, find_repetitions
from pipeline.texts.grounding import Evidence

SAID = [
    "I opened the bakery on Mill Street in 1998 with forty-two dollars.",
    "Clara told me, you know, that nobody reads the manual.",
    "We sold three point five million loaves, and um 12 percent went to Berlin.",
    "Building ovens is hard, but in twenty twenty-four it was the best thing I ever did.",
]


def talk(said: list[str], language: str = "en") -> Transcript:
    rows = [(text, 10.0 * n, 10.0 * n + 8) for n, text in enumerate(said)]
    return transcript(rows, language, ["Anna Berg"] * len(said))


EVIDENCE = Evidence(talk(SAID))


def kinds(text: str, kind: TextKind = "linkedin_post", evidence: Evidence = EVIDENCE) -> set[str]:
    return {fault.kind for fault in faults(text, kind, evidence)}


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("It cost 3,000 dollars and 3.50 more.", "en", ["3000", "3.5"]),
        ("Es kostet 3.000 Euro und 3,50 mehr.", "de", ["3000", "3.5"]),
        ("Forty-two people, a hundred and five dogs.", "en", ["42", "105"]),
        ("zweiundvierzig Leute", "de", ["42"]),
        ("quatre-vingt-dix-sept personnes", "fr", ["97"]),
        ("treinta y dos mil", "es", ["32000"]),
        ("five million people", "en", ["5000000"]),
        ("in twenty twenty-four", "en", ["20", "24", "2024"]),
        ("20-30 people, 55 60", "en", ["20", "30", "55", "60"]),
        ("In 1990 and 2.", "en", ["1990", "2"]),
        ("пять и 7", "ru", ["7"]),
        ("nothing", "en", []),
    ],
)
def test_numbers_are_read_in_words_and_figures(text: str, language: str, found: list[str]) -> None:
    assert numbers(text, language) == found


@given(st.integers(3, 10**9))
def test_any_whole_number_is_one_number(number: int) -> None:
    for written in (f"{number}", f"{number:,}"):
        assert numbers(f"We saw {written} of them", "en") == [str(number)]


@pytest.mark.parametrize(
    "text",
    [
        "The bakery on Mill Street opened in 1998. It took $42.",
        "Nobody reads the manual, says Clara.",
        "3.5 million loaves. 2024 was the best year.",
        "Anna Berg built ovens. Builders know: ovens are hard.",
        "“Nobody reads the manual” (Anna Berg, 0:10)",
        "“In twenty twenty-four it was the best thing I ever did.”",
        "Ultimately, nobody reads manuals.",
        "#MillStreet #bakery #ovens",
        "One of them went to Berlin. Two did not.",
        "“We sold three point five million loaves, and 12 percent went to Berlin.”",
    ],
)
def test_what_was_said_may_be_written(text: str) -> None:
    assert faults(text, "linkedin_post", EVIDENCE) == []


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("The bakery of Einstein opened.", "name", "Einstein"),
        ("Einstein opened the bakery.", "name", "Einstein"),
        ("We went to Paris, and to Berlin.", "name", "Paris"),
        ("That is Einstein's oven.", "name", "Einstein's"),
        ("It was Clarabel who told me.", "name", "Clarabel"),
        ("#Microsoft #bakery", "name", "#Microsoft"),
        ("#microsoft #bakery", "name", "#microsoft"),
        ("#baking #microsoft", "name", "#microsoft"),
        ("Kimberly came to the bakery.", "name", "Kimberly"),
        ("See https://evil.example/Buy for ovens.", "name", "https://evil.example/Buy"),
        ("Ask www.acme.com about ovens.", "name", "www.acme.com"),
        ("Ranked #7 of all ovens.", "number", "7"),
        ("The bakery opened at 4:44.", "number", "44"),
        ("Ask McKinsey about ovens.", "name", "McKinsey"),
        ("We sold 43 loaves.", "number", "43"),
        ("We sold seven loaves.", "number", "7"),
        ("We sold four million loaves.", "number", "4000000"),
        ("It was in 1997.", "number", "1997"),
        ("“Nobody reads the manual” (Anna Berg, 4:44)", "number", "(Anna Berg, 4:44)"),
        (
            "“Everybody reads the manual always” she said.",
            "quotation",
            "Everybody reads the manual always",
        ),
        (
            "»Everybody reads the manual always« she said.",
            "quotation",
            "Everybody reads the manual always",
        ),
        (
            "‘Everybody reads the manual always’ she said.",
            "quotation",
            "Everybody reads the manual always",
        ),
        ("“I opened the bakery with dollars.”", "quotation", "I opened the bakery with dollars."),
        (
            "In today's fast-paced world, ovens are hard.",
            "boilerplate",
            "In today's fast-paced world",
        ),
        ("Here is the post: ovens are hard.", "boilerplate", "Here is the post"),
        ("Ask [Your Name] for ovens.", "boilerplate", "[Your Name]"),
        (
            "Ovens are hard to build. Ovens are hard to build!",
            "repetition",
            "Ovens are hard to build!",
        ),
    ],
)
def test_what_nobody_said_is_found(text: str, kind: str, what: str) -> None:
    assert (kind, what) in {(f.kind, f.what) for f in faults(text, "linkedin_post", EVIDENCE)}


def test_forms_are_held_to() -> None:
    assert kinds("1/ Ovens are hard.\n\n2/ Nobody reads the manual.", "twitter_thread") == set()
    assert kinds("1/ Ovens are hard.\n\n3/ Nobody reads the manual.", "twitter_thread") == {"form"}
    assert kinds("Ovens are hard.", "twitter_thread") == {"form"}
    assert kinds("1/ " + "bakery " * 40, "twitter_thread") == {"length"}
    assert kinds("ovens " * 600) == {"length"}
    assert kinds("one\nbakery\nis\n\nhard") == {"form"}
    assert kinds("#a1 #bakery #ovens #loaves #manual #best #hard") >= {"form"}
    assert kinds("# Ovens\n\nare hard\n\n## Ovens\n\nare ovens", "blog_post") == {"form"}
    assert kinds("Ovens\n\nare hard", "blog_post") == {"form"}
    assert kinds("# Ovens\n\n" + "bakery " * 1800, "blog_post") == {"length"}
    for kind in ("twitter_thread", "linkedin_post", "blog_post"):
        assert kinds(" \n", kind) == {"empty"}


@pytest.mark.parametrize(
    "text",
    [
        "Ovens <script src=//x.y></script>",
        "Ovens ![are](//x.y/z.png)",
        "[ovens](are)",
        "ovens\x00",
        "ovens\udcff",
    ],
)
def test_markup_and_control_characters_are_no_text(text: str) -> None:
    assert "form" in kinds(text)
    assert "form" in kinds(f"# The bakery\n\n{text}", "blog_post")


@pytest.mark.parametrize("mark", ["“", "[your ", "«", "(", "# ", "1/ ", '"'])
def test_unclosed_marks_take_no_time(mark: str) -> None:
    assert faults(mark * 20_000, "linkedin_post", EVIDENCE)


def test_another_language_is_noticed() -> None:
    german = "Das ist nicht die beste Art, ein Brot zu backen, und wir haben es doch so gemacht."
    assert "language" in kinds(german)
    assert "language" not in kinds(german, evidence=Evidence(talk([german], "de")))


def test_strong_words_wear_stars_where_they_are_masked() -> None:
    evidence = Evidence(talk(["This is a f*** bakery.", "It is fucking hard."]))
    for text, found in (("It is fucking hard.", {"profanity"}), ("It is f*** hard.", set())):
        assert {f.kind for f in faults(text, "linkedin_post", evidence, masked=True)} == found
        assert faults(text, "linkedin_post", evidence) == []


@pytest.mark.parametrize(
    ("said", "fine", "invented"),
    [
        (
            "de",
            ["Die Bäckerei in Berlin gehört Anna seit zwanzig Jahren."],
            [
                ("In Berlin gehört die Bäckerei Anna.", True),
                ("In Hamburg.", False),
                ("Anna hat 20 Bäckereien.", True),
                ("Anna hat dreißig.", False),
            ],
        ),
        (
            "fr",
            ["L'école d'Anna est à Lyon depuis vingt ans."],
            [("À Lyon, l'école d'Anna.", True), ("Une école à Nice.", False)],
        ),
        (
            "ja",
            ["東京でアンナが三十年パンを焼いた。"],
            [
                ("アンナは東京でパンを焼いた。", True),
                ("マリアは東京で焼いた。", False),
                ("五十年パンを焼いた。", False),
                ("Googleでパンを焼いた。", False),
            ],
        ),
        (
            "ru",
            ["Анна открыла пекарню в Москве 20 лет назад."],
            [
                ("Пекарня Анны в Москве.", True),
                ("Анна живёт в Киеве.", False),
                ("30 лет назад.", False),
            ],
        ),
    ],
)
def test_other_languages_have_their_names_and_numbers(
    said: str, fine: list[str], invented: list[tuple[str, bool]]
) -> None:
    evidence = Evidence(talk(fine, said))
    for text, right in invented:
        assert (faults(text, "linkedin_post", evidence) == []) is right, text


@pytest.mark.parametrize(
    ("language", "said", "quoted"),
    [
        ("th", "เราเปิดร้านขนมปังในปี", "เราเปิด ร้านขนมปัง"),
        ("lo", "ພວກເຮົາເປີດຮ້ານເຂົ້າຈີ່", "ພວກເຮົາ ເປີດຮ້ານ"),
    ],
)
def test_where_no_spaces_part_words_a_quotation_may_have_others(
    language: str, said: str, quoted: str
) -> None:
    evidence = Evidence(talk([said], language))
    assert evidence.unsaid_quotations(f"“{quoted}”") == []
    assert evidence.unsaid_quotations(f"“{quoted[::-1]}”") == [quoted[::-1]]


def test_korean_quotations_are_held_word_by_word_and_its_names_by_their_letters() -> None:
    evidence = Evidence(talk(["우리는 작년에 빵집을 다시 열었습니다 KlipFast"], "ko"))
    assert evidence.unsaid_quotations("“우리는 작년에 빵집을 다시 열었습니다”") == []
    apart = "우리는 작년에 빵집을 다시열었습니다"
    assert evidence.unsaid_quotations(f"“{apart}”") == [apart]
    assert evidence.unsaid_names("klipfast, python") == ["python"]


def test_short_sentences_may_come_twice() -> None:
    assert find_repetitions("Exactly. Exactly. That is how it works here.") == []
    assert find_repetitions("> “That is how it works here.”\n\nThat is how it works here.") == [
        "That is how it works here."
    ]


@given(st.lists(st.sampled_from(" ".join(SAID).split()), max_size=40), st.text(max_size=60))
def test_any_text_is_judged(said: list[str], other: str) -> None:
    for kind in ("twitter_thread", "linkedin_post", "blog_post"):
        found = faults(" ".join(said) + other, kind, EVIDENCE)
        assert all(isinstance(fault, Fault) for fault in found)
