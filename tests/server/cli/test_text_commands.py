"""klipfast texts and brands, on a server."""

from pathlib import Path

import pytest
import skia
from caller import Caller
from fake_engine import FakeEngine
from operator_command import Call

from pipeline.core.texts import TextOptions


async def test_texts_are_shown_replaced_and_written_again(
    klipfast: Call, ada: Caller, engine: FakeEngine, tmp_path: Path
) -> None:
    job_id = await ada.submit(30)
    await ada.until(job_id)
    shown = (await klipfast("texts", job_id)).out.splitlines()
    assert [line.split()[:2] for line in shown] == [
        ["twitter_thread", "extractive"],
        ["linkedin_post", "extractive"],
        ["blog_post", "extractive"],
    ]
    assert (await klipfast("texts", job_id, "blog_post")).out == "# Word0\n"
    page = await klipfast("texts", job_id, "blog_post", "--format", "html")
    assert "<h1>Word0</h1>" in page.out
    own = tmp_path / "own.md"
    own.write_text("# Word0\n\nIn 1987.")
    put = await klipfast("texts", job_id, "blog_post", "--set", str(own))
    assert put.out.startswith("number: ")
    assert "1987" in put.out
    assert "user" in (await klipfast("texts", job_id)).out
    words = ("--write", "--text-length", "long", "--text-hook", "2", "--text-link", "https://e.org")
    again = await klipfast("texts", job_id, "blog_post", *words)
    assert "Word2." in again.out, again.err
    assert engine.wishes[-1] == TextOptions(length="long", hook=2, link="https://e.org")
    told = (await klipfast("texts", job_id, "blog_post", "--json")).json()
    assert (told["author"], told["options"]["hook"]) == ("extractive", 2)
    assert len((await klipfast("texts", job_id, "--json")).json()["texts"]) == 3


async def test_quotations_are_saved_as_pictures(
    klipfast: Call, ada: Caller, tmp_path: Path
) -> None:
    job_id = await ada.submit(20, text_outputs=["quote_cards"])
    await ada.until(job_id)
    saved = await klipfast("texts", job_id, "quote_cards", "--out", "out/cards")
    names = ["quote_card_1.png", "quote_card_1_square.png"]
    names += ["quote_card_2.png", "quote_card_2_square.png"]
    assert saved.out.splitlines() == [f"out/cards/{name}" for name in names], saved.err
    folder = tmp_path / "out" / "cards"
    assert sorted(path.name for path in folder.iterdir()) == names
    first = (folder / names[0]).read_bytes()
    assert first.startswith(b"\x89PNG")
    words = ("texts", job_id, "quote_cards", "--out", "out/cards", "--style")
    assert len((await klipfast(*words, "karaoke", "--json")).json()["files"]) == 4
    assert (folder / names[0]).read_bytes() != first
    unknown = await klipfast(*words, "karoke")
    assert (unknown.code, unknown.err.endswith("; did you mean karaoke?\n")) == (2, True)
    plain = await klipfast(*words, "karaoke", "--brand", "none")
    assert (plain.code, len(plain.out.splitlines())) == (0, 4)
    unknown = await klipfast(*words, "karaoke", "--brand", "brand_x")
    assert (unknown.code, "brand_x" in unknown.err) == (1, True)
    other = await ada.submit(10)
    await ada.until(other)
    none = await klipfast("texts", other, "quote_cards", "--pictures", "out")
    assert (none.code, "no quotations" in none.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--write",), "which text?"),
        (("--out", "out"), "which text?"),
        (("blog_post", "--out", "out"), "saves the pictures of quote_cards"),
        (("quote_cards", "--style", "karaoke"), "needs --out"),
        (("quote_cards", "--brand", "none"), "--brand needs --out"),
        (("poem",), "invalid choice: 'poem'"),
        (("blog_post", "--text-hook", "2"), "need --write"),
        (("blog_post", "--write", "--text-hook", "4"), "invalid choice: 4"),
        (("blog_post", "--write", "--text-link", "e.org"), "'e.org' is not an address"),
        (("blog_post", "--write", "--set", __file__), "not allowed with"),
        (
            ("blog_post", "--set", "none.md"),
            "none.md cannot be read as text: No such file",
        ),
    ],
)
async def test_wrong_words_about_texts_are_told(
    klipfast: Call, words: tuple[str, ...], told: str
) -> None:
    done = await klipfast("texts", "job_x", *words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


async def test_options_of_texts_reach_the_job(
    klipfast: Call, engine: FakeEngine, talk: Path
) -> None:
    words = ("--text-length", "short", "--text-tone", "dry", "--watch")
    assert (await klipfast("submit", str(talk), *words)).code == 0
    assert engine.wishes == [TextOptions(length="short", tone="dry")]


async def test_brands_are_made_and_used(klipfast: Call, ada: Caller, tmp_path: Path) -> None:
    picture = skia.Surface(40, 20).makeImageSnapshot()
    (tmp_path / "logo.png").write_bytes(bytes(picture.encodeToData(skia.kPNG, 100)))
    (tmp_path / "look.json").write_text('{"caption_style": {"base": "boxed"}}')
    words = ("--settings", "look.json", "--logo", "logo.png", "--out", "look.png")
    made = await klipfast("brands", "--new", "Acme", *words)
    brand_id, name, files = made.out.split()
    assert (name, files) == ("Acme", "(logo)"), made.err
    assert (tmp_path / "look.png").read_bytes().startswith(b"\x89PNG")
    assert (await klipfast("brands")).out == made.out
    shown = (await klipfast("brands", brand_id, "--json")).json()
    assert shown["caption_style"]["base"] == "boxed"
    talk = tmp_path / "talk.mp4"
    talk.write_bytes(b"seconds 20")
    job_id = (await klipfast("submit", "talk.mp4", "--brand", brand_id)).out.strip()
    await ada.until(job_id)
    for wrong, told in (
        (("--delete",), "which brand?"),
        ((brand_id, "--new", "B"), "leave out the ID"),
        ((brand_id, "--settings", "logo.png"), "cannot be read as a JSON object"),
        ((brand_id, "--font", "talk.mp4"), "no font"),
        (("--new", "B", "--intro", "none.mp4"), "error: there is no file none.mp4\n"),
    ):
        assert told in (await klipfast("brands", *wrong)).err
    assert (await klipfast("brands", brand_id, "--delete")).code == 0
    assert (await klipfast("brands")).out == ""
