"""What the fake pipeline hears, finds and writes: a sentence and a highlight every ten seconds."""

from fractions import Fraction

from pipeline.core.data import (
    AudioStream,
    Breakdown,
    ChapterStart,
    Coverage,
    Highlight,
    Options,
    Sentence,
    Source,
    Span,
    Talk,
    TitleVariant,
    Transcript,
    VideoStream,
    Word,
)
from pipeline.core.texts import Block, BlockKind, Document, Statement, TextKind
from pipeline.texts import formats

VIDEO = VideoStream(
    index=0,
    codec="h264",
    stored_width=1280,
    stored_height=720,
    width=1280,
    height=720,
    rotation=0,
    sample_aspect=Fraction(1),
    fps=Fraction(30000, 1001),
    hdr=False,
)
AUDIO = AudioStream(index=1, codec="aac", sample_rate=48_000, channels=2)


class FakeTalk:
    """A talk as a test has it."""

    def __init__(self) -> None:
        self.heard_s: float | None = None  # where the sound breaks off; None: nowhere
        self.damaged_s = 0.0  # damaged sound before that
        self.unintelligible_s = 0.0  # lost part of the 10 s of speech, from 1 s on
        self.doubtful_s = 0.0  # doubtful part of the same speech
        self.uncompared = 0  # pairs for which a language model has no time
        self.speakers: tuple[str, ...] = ()  # who says the sentences, in turns
        self.said: dict[int, str] = {}  # what sentences say instead of their word
        self.spoken: dict[int, str] = {}  # the same, word by word
        self.titles: dict[int, str] = {}  # titles of highlights and chapters
        self.withheld: dict[TextKind, str] = {}  # reasons for kinds that are not written

    def heard(self, source: Source, language: str) -> Talk:
        """Return the talk of a source."""
        starts = range(0, int(source.duration_s) - 9, 10)
        words, sentences = self._spoken(starts)
        missed = Span(start_s=1.0, end_s=1.0 + self.unintelligible_s)
        return Talk(
            source=source,
            uncompared=self.uncompared,
            transcript=Transcript(
                language=language,
                duration_s=source.duration_s if self.heard_s is None else self.heard_s,
                words=tuple(words),
                sentences=tuple(sentences),
                damaged_s=self.damaged_s,
                coverage=Coverage(
                    speech_s=10.0,
                    unintelligible=(missed,) if self.unintelligible_s else (),
                    unintelligible_s=self.unintelligible_s,
                    doubtful_s=self.doubtful_s,
                ),
            ),
            highlights=tuple(self._highlight(i, start) for i, start in enumerate(starts)),
            chapters=tuple(
                ChapterStart(
                    start_s=start,
                    title=self.titles.get(i, f"Topic {i}"),
                    sources=(i,),
                    strength=2.0 - 0.5 * i,
                    usual=i < 3,
                )
                for i, start in enumerate(starts)
            ),
            waveform=bytes(n % 256 for n in range(int(source.duration_s * 10))),
            worth=tuple(0.1 * (n % 10) for n in range(len(sentences))),
        )

    def _spoken(self, starts: range) -> tuple[list[Word], list[Sentence]]:
        words: list[Word] = []
        sentences: list[Sentence] = []
        for i, start in enumerate(starts):
            text = self.spoken.get(i, self.said.get(i, f"Word{i}."))
            texts = text.split() if i in self.spoken else [text]
            times = [start + 9.5 * n / len(texts) for n in range(len(texts) + 1)]
            sentences.append(
                Sentence(
                    text=text,
                    start_s=start,
                    end_s=start + 9.5,
                    first_word=len(words),
                    last_word=len(words) + len(texts) - 1,
                    speaker=self.speakers[i % len(self.speakers)] if self.speakers else None,
                )
            )
            words += [
                Word(text=one, start_s=times[n], end_s=times[n + 1], probability=0.9)
                for n, one in enumerate(texts)
            ]
        return words, sentences

    def _highlight(self, i: int, start_s: float) -> Highlight:
        title = self.titles.get(i, f"The best moment {i}")
        return Highlight(
            start_s=start_s,
            end_s=start_s + 9.5,
            first_sentence=i,
            last_sentence=i,
            score=0.5,
            virality_score=80 - i,
            breakdown=Breakdown(hook=0.1, flow=0.2, value=0.3, energy=0.4),
            reason="It begins with a question.",
            title=title,
            description="It is about a word.",
            hashtags=("#word",),
            title_variants=(TitleVariant(kind="claim", title=title),),
            confidence=0.75,
            kind="story",
        )

    def document(self, kind: TextKind, talk: Talk, options: Options) -> Document:
        """Return a short text; a long one, and quotations, have every sentence."""
        said, language = talk.transcript.sentences, talk.transcript.language
        if kind in self.withheld:
            return Document(kind=kind, language=language, text="", reason=self.withheld[kind])
        texts: dict[TextKind, str] = {
            "twitter_thread": "1/ Word0.",
            "linkedin_post": "Word0.",
            "blog_post": "# Word0",
        }
        opening: dict[TextKind, BlockKind] = {"twitter_thread": "message", "blog_post": "title"}
        first = Statement(text=texts.get(kind, kind).lstrip("1/ #"), sources=(0,))
        blocks = [Block(kind=opening.get(kind, "paragraph"), statements=(first,))]
        if kind == "quote_cards" or options.text_options.length == "long":
            blocks = [] if kind == "quote_cards" else blocks
            blocks += [
                Block(
                    kind="message" if kind == "twitter_thread" else "quotation",
                    statements=(Statement(text=sentence.text, sources=(n,)),),
                    speaker=sentence.speaker,
                    start_s=sentence.start_s,
                )
                for n, sentence in enumerate(said)
            ]
            return formats.compose(kind, language, blocks, link=options.text_options.link)
        return Document(
            kind=kind, language=language, text=texts.get(kind, kind), blocks=tuple(blocks)
        )
