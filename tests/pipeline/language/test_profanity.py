"""Strong words are starred in every text and bleeped in the sound; all else is left alone."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from films import RATE, speech_like, textured, write_film
from hypothesis import given
from hypothesis import strategies as st
from meter import metered, sound_of
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, chunks, models, sound
from rendered_clips import FAST, rendered

import pipeline
from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Clip, Options, Span, Transcript, Word
from pipeline.language import profanity, sentences
from pipeline.rendering.loudness import integrated_lufs
from pipeline.rendering.soundtrack import finish

STRONG = {
    "en": "fuck fucking motherfucker shit shitty bullshit cunt asshole bitches whore cocksucker",
    "de": "Scheiße beschissen Fotze Arschloch Wichser ficken gefickt Hurensohn Fuck",
    "fr": "putain merde connard enculé salope emmerder couilles niquer",
    "es": "puta mierda joder jodido coño cabrón gilipollas chingada pendejos",
    "it": "cazzo cazzata merda stronzo vaffanculo coglione puttana fottuto",
    "pt": "porra caralho foda fodido merda puta buceta cuzão",
    "nl": "kut neuken klootzak godverdomme kankerlijer hoer",
    "pl": "kurwa kurwy pierdolić spierdalaj jebany chuj pizda wkurwiony skurwysyn",
    "ru": "хуй нахуй пизда пиздец ебать заебал блядь сука мудак",
    "sv": "knulla fitta kuk hora",
    "da": "kneppe fisse luder",
    "no": "knulle fitte kuk",
    "cs": "kurva píča jebat kokot zmrd",
    "tr": "siktir orospu amk",
    "xx": "fuck motherfucking",
}
INNOCENT = {
    "en": "Scunthorpe Essex cock Dick classic assess shitake mishit damn hell crap bloody ass "
    "cockpit Hancock Pussy niggardly snigger bitcoin firetruck prick retard",
    "de": "dick Fickle Arsch Mist verdammt Hurenkind Scheitel hurtig Schamlippen",
    "fr": "con contre député réputation réputé merle conserve bordel bâtard tapette retard",
    "es": "computadora disputa reputación con cono pinche coger joven verga pollo",
    "it": "Troia cazzuola figo bastardo merce stronca minchiolino fico",
    "pt": "puto cacete computa porrada deputado contas veado",
    "nl": "kanker tering eikel",
    "pl": "kurczak chudy pies cipher jest",
    "ru": "хлеб небо худой ребёнок тебе учеба страхуй",
    "sv": "slut hör fint",
    "da": "slut knep fag",
    "no": "slutt horn",
    "cs": "kurz hovor",
    "tr": "sık amin göt-ü",
    "xx": "slut cazzo puta",
    "ja": "ちくしょう 語 🙂",
    "ar": "كلمة",
    "th": "คำ",
}


def word(text: str, start_s: float = 0.0, end_s: float = 1.0) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=0.9)


@pytest.mark.parametrize("language", STRONG)
def test_strong_words_keep_their_first_letter_alone(language: str) -> None:
    for text in STRONG[language].split():
        for shown in (text, text.upper(), text.capitalize()):
            (masked,) = profanity.mask([word(f"„{shown},")], language)
            assert masked.text == f"„{shown[0]}{'*' * (len(masked.text) - 3)},", shown
            assert len(masked.text) == len(shown) + 2
            assert masked.masked


@pytest.mark.parametrize("language", INNOCENT)
def test_innocent_words_and_mild_ones_stay(language: str) -> None:
    words = [word(text) for text in INNOCENT[language].split()]
    assert profanity.mask(words, language) == tuple(words)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fuck's", "f***'s"),
        ("fuckin’", "f*****’"),
        ("shit-faced,", "s***-faced,"),
        ("f*ck", "f***"),
        ("f***", "f***"),
        ("F**king!", "F******!"),
        ("3*4", "3*4"),
        ("a*b", "a*b"),
        ("**so**", "**so**"),
        ("*", "*"),
        ("", ""),
    ],
)
def test_what_is_around_a_strong_word_stays(text: str, shown: str) -> None:
    (masked,) = profanity.mask([word(text)], "en")
    assert masked.text == shown
    assert masked.masked == ("*" in shown and shown[0] in "fFs")


def test_what_leans_on_a_strong_word_stays() -> None:
    assert profanity.mask_text("l'enculé", "fr") == "l'e*****"


def test_a_letter_with_a_loose_accent_is_the_same_letter() -> None:
    assert profanity.mask_text("con\u0303o", "es") == "c***"


def test_every_strong_word_of_a_title_is_starred() -> None:
    title = "Why the FUCK this shit works: Scunthorpe"
    assert profanity.mask_text(title, "en") == "Why the F*** this s*** works: Scunthorpe"


@given(st.text(max_size=60), st.sampled_from([*STRONG, "ja"]))
def test_only_letters_ever_become_stars_and_a_second_time_changes_nothing(
    text: str, language: str
) -> None:
    masked = profanity.mask_text(text, language)
    assert profanity.mask_text(masked, language) == masked
    if masked != text:
        assert re.search(r"\w\*+", masked)


def test_a_transcript_is_starred_in_words_and_sentences_alike() -> None:
    said = ["This", "is", "shit.", "Really", "fine."]
    words = tuple(word(text, n, n + 1) for n, text in enumerate(said))
    transcript = Transcript(
        language="en", duration_s=9.0, words=words, sentences=sentences.split(words, "en")
    )
    clean = profanity.clean(transcript)
    assert [s.text for s in clean.sentences] == ["This is s***.", "Really fine."]
    assert [w.masked for w in clean.words] == [False, False, True, False, False]
    assert profanity.clean(clean) == clean


@pytest.mark.slow  # from sound to clips and texts
@pytest.mark.xdist_group("recognition")
def test_no_strong_word_is_left_anywhere_in_what_a_talk_becomes(tmp_path: Path) -> None:
    """A talk whose every third sentence swears: texts, titles, hashtags and captions are clean.

    Takes seconds: each stage of a job has its part in it.
    """
    truth = json.loads(SAMPLE_TRUTH.read_text())
    said = [
        re.sub(r"^(\S+ \S+) \S+", r"\1 fucking", s["text"]) if n % 3 == 0 else s["text"]
        for n, s in enumerate(truth["sentences"])
    ]
    options = Options(clip_count=3, transcript=" ".join(said), profanity="mask")
    known = chunks(sound(SAMPLE), None)  # so that nothing is recognized again
    control = Control(resume_from=known)
    talk = pipeline.listen(
        pipeline.probe(SAMPLE),
        models=models(),
        options=options,
        work_dir=tmp_path,
        control=control,
    )
    texts = pipeline.write_texts(talk, models=models(), options=options, control=Control())
    everything = msgspec.json.encode((talk.transcript, talk.highlights, texts)).decode()
    assert "fuck" not in everything.lower()
    masked = [w for w in talk.transcript.words if w.masked]
    assert len(masked) == sum("fucking" in text for text in said) > 5
    assert {w.text.rstrip(".,?!") for w in masked} == {"f******"}


WORDS = [
    word("This", 0.4, 0.9),
    replace(word("f******", 1.2, 1.8), masked=True),
    word("works.", 2.0, 2.8),
]


def peak_hz(sound: F32) -> tuple[float, float]:
    """The strongest frequency, and its share of all power."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at = int(power.argmax())
    return at * RATE / len(sound), float(power[max(0, at - 3) : at + 4].sum() / power.sum())


def part(sound: F32, start_s: float, end_s: float) -> F32:
    return sound[0, round(start_s * RATE) : round(end_s * RATE)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("film")
    return write_film(folder / "f.mp4", [textured(1)] * 80, sound=speech_like(3.2))


@pytest.fixture(scope="module")
def clip(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    options = replace(FAST, clean_video=True)
    return rendered(film, tmp_path_factory.mktemp("clip") / "c", words=WORDS, options=options)


def test_where_a_masked_word_was_there_is_a_tone_alone_in_both_videos(clip: Clip) -> None:
    assert clip.clean is not None
    for path in (clip.path, clip.clean):
        heard = sound_of(path)
        hertz, share = peak_hz(part(heard, 1.23, 1.77))
        assert hertz == pytest.approx(1000, abs=5)
        assert share > 0.98
        for start_s, end_s in ((0.4, 0.9), (2.0, 2.8)):
            assert peak_hz(part(heard, start_s, end_s))[1] < 0.2


def test_the_tone_is_softer_than_the_speech_and_the_clip_as_loud_as_any(clip: Clip) -> None:
    heard = sound_of(clip.path)
    speech = integrated_lufs(heard[:, : round(1.15 * RATE)])
    tone = integrated_lufs(heard[:, round(1.25 * RATE) : round(1.75 * RATE)])
    assert speech - tone == pytest.approx(12.0, abs=2.0)
    loudness, peak = metered(heard)
    assert loudness == pytest.approx(-14.0, abs=1.0)
    assert peak <= -1.0


def test_the_words_beside_it_are_not_touched_and_nothing_clicks() -> None:
    sound = np.repeat(speech_like(3.2), 2, axis=0)
    spans = [Span(start_s=1.2, end_s=1.8)]
    before, after = finish(sound.copy(), Control()), finish(sound.copy(), Control(), spans)
    inside = np.zeros(sound.shape[1], dtype=bool)
    inside[round(1.2 * RATE) : round(1.8 * RATE)] = True
    live = ~inside & (np.abs(before[0]) > 1e-3)
    ratio = after[0, live] / before[0, live]
    assert ratio == pytest.approx(np.median(ratio), rel=1e-3)  # the loudness alone may differ
    steps = np.abs(np.diff(after[0]))
    assert steps[inside[1:]].max() <= steps[~inside[1:]].max()


@pytest.mark.parametrize(
    "spans",
    [
        [Span(start_s=-1.0, end_s=0.5)],
        [Span(start_s=3.0, end_s=9.0)],
        [Span(start_s=7.0, end_s=9.0)],
        [Span(start_s=1.0, end_s=1.0)],
        [Span(start_s=1.0, end_s=1.005)],
    ],
)
def test_a_word_at_the_edge_or_of_no_length_does_no_harm(spans: Sequence[Span]) -> None:
    sound = np.repeat(speech_like(3.2), 2, axis=0)
    made = finish(sound.copy(), Control(), spans)
    assert made.shape == sound.shape
    assert np.isfinite(made).all()


def test_two_masked_words_in_a_row_let_nothing_through_between_them() -> None:
    sound = np.repeat(speech_like(3.2), 2, axis=0)
    spans = [Span(start_s=1.5, end_s=2.0), Span(start_s=1.0, end_s=1.5)]
    made = finish(sound, Control(), spans)
    assert peak_hz(part(made, 1.4, 1.6))[1] > 0.99


def test_a_masked_word_after_a_joint_is_covered_where_it_is_heard(tmp_path: Path) -> None:
    silent = np.zeros((1, 4 * RATE), np.float32)
    silent[:, :RATE], silent[:, 3 * RATE :] = speech_like(1.0), speech_like(1.0, seed=2)
    path = write_film(tmp_path / "f.mp4", [textured(1)] * 100, sound=silent)
    words = [
        word("One", 0.1, 1.0),
        replace(word("s***", 3.0, 3.5), masked=True),
        word("two.", 3.5, 4.0),
    ]
    options = replace(FAST, remove_silences="fast")
    made = rendered(path, tmp_path / "c", words=words, options=options)
    assert len(made.kept) == 2
    at_s = made.kept[0].duration_s + 3.0 - made.kept[1].start_s
    heard = sound_of(made.path)
    assert peak_hz(part(heard, at_s + 0.02, at_s + 0.48))[1] > 0.98
    assert peak_hz(part(heard, at_s + 0.5, at_s + 0.9))[1] < 0.2
