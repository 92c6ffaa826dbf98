"""All facts about a language: the keys at the top of its file, and the sections."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.clauses import Clauses
from pipeline.language.schema.cue_patterns import CuePatterns
from pipeline.language.schema.entries import ANY, NEVER, Forms, Pattern, Words
from pipeline.language.schema.number_styles import NumberStyle
from pipeline.language.schema.people import Introductions, Standfirst
from pipeline.language.schema.show_notes import ShowNotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Facts about one language; the defaults mean that nothing is known."""

    name: str = ""
    """The English name of the language."""
    asked_by_name: bool = False
    """Whether prompts name the language instead of saying "the language of the talk"."""
    spaces: bool = True
    """Whether spaces separate words."""
    capitals: bool = True
    """Whether the script has capitals, which mark names."""
    capitalized_nouns: bool = False
    """Whether every noun is capitalized, so that a capital does not mark a name."""
    inflects_names: bool = False
    """Whether names are inflected, so that words that share three letters may be the same name."""
    exact_names: bool = False
    """Whether names have no endings except a final s: Robert is not Roberta."""
    spaced_marks: bool = False
    """Whether a space precedes : ; ! ? and is kept."""
    full_width_marks: bool = False
    """Whether marks are as wide as letters, with no space beside them: ：（），"""
    comma: str = ", "
    """The comma, with the space after it."""
    quotation_marks: tuple[str, str] = ("“", "”")
    """The opening and the closing quotation mark."""
    inner_quotation_marks: tuple[str, str] = ("‘", "’")
    """The same of a quotation within a quotation."""
    dash: str = " – "
    """The dash between clauses, with its spaces."""
    spoken_numbers: bool = False
    """Whether the package text2num reads number words of the language."""
    dotted_ordinals: bool = False
    """Whether a number with a full stop is an ordinal: "am 3. Mai"."""

    fillers: Forms = ()
    """Sounds that are never words, in lower case: may be cut from the video."""
    hesitations: Words = frozenset()
    """Sounds left out of texts; more than the fillers, because a sound may be a word elsewhere."""
    clause_hesitations: Forms = ()
    """Sounds left out of texts at the start of a clause, in scripts without spaces."""
    stop_words: Words = frozenset()
    """Words without content. Default: those of the package stop-words."""
    function_words: Words = frozenset()
    """Further function words; never emphasized in captions."""
    polite_pronouns: Words = frozenset()
    """Pronouns that are capitalized out of courtesy."""
    common_words: Words = frozenset()
    """Long words that fit any subject; never emphasized in captions."""
    emphatic: Words = frozenset()
    """Emphasized in captions, whatever else they are."""
    opening_words: Words = frozenset()
    """Capitalized at the start of sentences without being names; in addition to the stop words.
    Default: the English ones."""
    no_owners: Words = frozenset()
    """After these, 's is a verb, not a genitive."""
    name_starts: Words = frozenset()
    """Belong to the name that follows: New York."""
    last_words: Words = frozenset()
    """Words with which no text may end. Default: the stop words."""
    adverb_endings: Forms = ()
    """Endings of long words that are not worth emphasizing."""
    content_letters: int = 0
    """Words in no list are worth emphasizing from this many letters on; 0: never."""

    number_words: Words = frozenset()
    """Number words. Default: the English ones."""
    uncounted_numbers: Words = frozenset()
    """Number words that are not emphasized, before a unit or alone."""
    lit_numbers: bool = False
    """Whether number words are emphasized in captions."""
    scales: Words = frozenset()
    """Hundred, million: emphasized together with the number before."""
    units: Words = frozenset()
    """Years, meters: emphasized together with the number before."""
    months: Words = frozenset()
    """Beside a number, show that it is a date: "May 5"."""
    continuing: Forms = ()
    """At the start, dropped where nothing stands before: "and then". Default: `and_words`."""
    and_words: Forms = ()
    """Precede a counter or a restarted clause: "and"."""

    abbreviations: Words = frozenset()
    """Their full stop ends no sentence in a transcript; lower case, without the last full stop."""
    written_abbreviations: Forms = ()
    """Abbreviations whose full stop ends no sentence of running text, with their capitals."""
    short_forms: Words = frozenset()
    """Keep their full stop before a lower-case letter."""
    question_words: Words = frozenset()
    """Start a question."""
    question_endings: tuple[str, ...] = ()
    """Letters that end a question without a question mark."""
    question_tags: Annotated[Pattern, r",\s+¿?(?:{})\s*\?$"] = NEVER
    """Question tags, as in "It works, right?", which are removed from texts."""

    repeated: Words = frozenset()
    """Repeated only by mistake, because no clause ends with them."""
    repeated_without_comma: Words = frozenset()
    """Repeated only by mistake unless a comma separates them: "so do I, I think"."""
    repeated_in_runs: Words = frozenset()
    """Words that may end a clause, but not a repeated run of words: "la", "que"."""
    repeated_at_front: Words = frozenset()
    """Repeated by mistake at the start of a clause."""
    before_clauses: Words = frozenset()
    """Words after which a clause starts."""
    alongside: Words = frozenset()
    """Connect two items: "my friend and I, I mean it" contains no repetition."""
    clause_seams: Words = frozenset()
    """Beside `before_clauses` and `alongside`: before them a clause may end or begin."""
    new_clause: Annotated[Pattern, ANY] = NEVER
    """Where a main clause starts: there an overlong sentence of a thread is divided."""
    comparing: Words = frozenset()
    """Compare, but between commas mean nothing: "like"."""
    negations: Words = frozenset()
    """Negations; if repeated, they are intended."""
    operators: Words = frozenset()
    """Stand between terms that may be equal: "a plus a plus a"."""
    negating: Forms = ()
    """Further words that negate: "don't", "without"; in scripts without spaces, parts of words."""

    profanity: Forms = ()
    """Words that a broadcaster bleeps: whole words, lower case, ß as ss."""
    profanity_everywhere: Forms = ()
    """Words to bleep in talks of every language: whole words, lower case."""
    boilerplate: Forms = ()
    """Empty phrases typical of machine-written text."""
    insults: Words = frozenset()
    """Words of abuse that are not swearing: no title or hook is made of them."""
    model_commands: Forms = ()
    """Speak to a language model that may read along: "ignore all instructions"."""
    subtitle_words: Forms = ()
    """Start subtitle credits, which recognizers add to silence: "subtitles"."""
    subtitle_makers: Forms = ()
    """Precede the name of the subtitles' author: "by"."""
    silent_phrases: Forms = ()
    """Whole sentences that recognizers add to silence."""
    silent_marks: Forms = ()
    """Show anywhere in a sentence that a recognizer added it to silence."""

    cues: CuePatterns | None = None
    """What a sentence does for a clip; only the English ones are used, in every language."""
    numbers: NumberStyle | None = None
    """How numbers are written; without it they stay as the recognizer writes them."""
    introductions: Introductions | None = None
    """How people say their names."""
    standfirst: Standfirst | None = None
    """How an article says who talks and for how long; without it, it does not."""
    show_notes: ShowNotes | None = None
    """The headings in show notes; without them, parts have none, and chapters no introduction."""
    clauses: Clauses | None = None
    """Word classes that tell clauses apart."""
