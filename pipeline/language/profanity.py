"""Stars strong words and marks them, so that their sound can be covered.

The lists are short on purpose: words that a broadcaster bleeps, with their inflections, in the
languages that are known here. What is merely rude stays, and so does every word that is also an
innocent one or a name: a cock, Dick, Scunthorpe. Only whole words count.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pipeline.core.data import Transcript, Word
from pipeline.language.sentences import join

# Patterns of whole words in small letters, ß as ss; what stands in one string belongs together.
EVERYWHERE = (
    r"(?:mother|mutha|cluster|mind)?fuck(?:s|ed|er|ers|in|ing|ings|head|heads|face|wit|wits)?",
    r"(?:mother|mutha)fuck(?:a|as|az)|shit|bullshit",
)
STRONG: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:ape|bat|bull|dip|dog|horse)?shit(?:s|ty|tier|tiest|ting|ted|ter|ters)?",
        r"shit(?:head|heads|hole|holes|show|shows|faced|less|load|loads|storm|storms)",
        r"(?:un|abso)?fuck(?:able|ery|ingly|tard|tards)",
        r"cunts?|cunty|twats?|wank(?:s|ed|er|ers|ing)?|(?:ass|arse)holes?",
        r"cocksuck(?:er|ers|ing)|dickheads?|bitch(?:es|ed|y|in|ing)?|sluts?|slutty|whores?",
        r"nigg(?:er|ers|a|as|az)|faggots?",
    ),
    "de": (
        r"(?:ver)?fick(?:e|en|st|t|te|ten|er|ern|erei)?",
        r"(?:ab|an|durch)?gefickt(?:e|er|es|en)?|verfickt(?:e|er|es|en)",
        r"(?:arsch)?fotzen?|arschl(?:och|ochs|oche|öcher|öchern)|wichs(?:er|ern|en|t|te)|gewichst",
        r"scheiss(?:e|en|er|t|egal|kerl|kerle|haufen|dreck)?|geschissen|beschissen(?:e|er|es|en)?",
        r"hurens(?:ohn|ohns|ohnes|öhne|öhnen)|huren?|nutten?|schlampen?|missgeburt(?:en)?",
        r"schwuchteln?|kanaken?|drecksau",
    ),
    "fr": (
        r"putains?|putes?|merd(?:e|es|ique|iques|eux|ier)|connards?|connasses?|conneries?",
        r"emmerd(?:e|es|er|ent|ez|é|ée|és|eur|eurs|ant|ait)",
        r"encul(?:e|er|ent|é|ée|és|ées|eur|eurs)|niqu(?:e|es|er|é|ée|és|ez|ent)",
        r"salop(?:e|es|ard|ards)|couilles?|branl(?:er|eur|eurs|ette|ettes)|pédés?",
    ),
    "es": (
        r"put(?:a|as|o|os|ada|adas|azo|ísimo|ísima)|hijoputas?|hijueputas?|coños?|mierdas?",
        r"jod(?:er|e|es|en|ido|ida|idos|idas|iendo|as|an|erte|erse|erme|ete)",
        r"cabr(?:ón|on|ones|ona|onas)|gilipoll(?:as|ez|eces)|maric(?:ón|on|ones)",
        r"ching(?:a|ar|as|an|ado|ada|ados|adas|uen|ón|ona|ones)|pendej(?:o|a|os|as|ada|adas)",
        r"foll(?:ar|ando|arte|arme)|culer(?:o|a|os|as)",
    ),
    "it": (
        r"cazz(?:o|i|ata|ate|one|oni)|incazz(?:ato|ata|ati|ate|arsi|are)|(?:vaf|af)?fanculo",
        r"merd(?:a|e|oso|osa|osi|ose)|stronz(?:o|a|i|e|ata|ate)|puttan(?:a|e|ata|ate)",
        r"coglion(?:e|i|a|ata|ate)|fott(?:ere|iti|uto|uta|uti|ute)|froci|frocio",
        r"minchi(?:a|e|ata|ate|one|oni)|mignott(?:a|e)",
    ),
    "pt": (
        r"porras?|caralh(?:o|os|ada)|fod(?:a|as|er|e|em|ido|ida|idos|idas|endo|eu)|merdas?",
        r"put(?:a|as|aria|arias)|bucetas?|cuz(?:ão|ões|ona)|viad(?:o|os|agem)|fdp",
        r"filhadaputa|arrombad(?:o|a|os|as)|conas?",
    ),
    "nl": (
        r"(?:ge)?neuk(?:t|en|te|ten|er|ers)?|kut(?:wijf|wijven|zooi|hoer|weer)?|klootzak(?:ken)?",
        r"(?:kanker|tering|tyfus)(?:lijer|lijers|hoer|hoeren|wijf|zooi)|godverdomme|gvd",
        r"hoer(?:en|enzoon|enzonen|enjong)?|lul|strontzak(?:ken)?",
    ),
    "pl": (
        r"(?:s)?kurw(?:a|y|o|ę|ą|ie|om|ami|iarz|isko|iel|iela|iele|ysyn|ysyna|ysyny|ysynu)",
        r"wkurw(?:ia|iać|iłem|iłam|ił|iony|iona|iające)|kurew(?:ski|ska|skie|sko|stwo)?",
        r"(?:po|roz|s|w|za|wy|u|do|prze|pod|od|na)?pierd(?:oli|olę|olić|olisz|olony|olona|olone"
        r"|oleni|olił|oliła|alaj|alać|ala)",
        r"(?:za|wy|po|u|do|od|roz|prze)?jeb(?:ać|ał|ała|any|ana|ane|ani|aniec|ie|ią|nięty|nięta)",
        r"c?huj(?:a|u|e|em|owi|owy|owa|owe|owo|nia|ów)?|pizd(?:a|y|ę|o|zie|ą|ziec)|cip(?:a|y|ę|ą)",
    ),
    "ru": (
        r"(?:на|по|до|за|о)?ху(?:й|я|ю|е|ем|и|ё|йня|йни|йню|йнёй|ёвый|евый|ёво|ево|еть|енно|ел)",
        r"(?:с|рас|на|от|про)?пизд(?:а|ы|у|е|ой|ец|еца|ить|ишь|ит|ят|ел|ёж|атый|юк|юки|обол)",
        r"(?:за|вы|до|у|на|от|по|про|разъ|съ|объ|въ|подъ)?[её]б(?:ать|аться|ал|ала|али|ут|ет|ёт"
        r"|аный|аная|аное|аные|анный|анная|анные|нутый|нутая|ись|лан|ло|у|ану|анул|ашь|ешь)",
        r"бля(?:дь|ди|дью|дей|дский|дская|дское|дские|ть)?|сук(?:а|у|ой)|муд(?:ак|аки|ака|ила)",
        r"гандон(?:ы|а|ов)?|залуп(?:а|ы|у)|пидор(?:а|ы|ов|ас|асы)?|долбо[её]б(?:ы|а|ов)?",
    ),
    "sv": (r"knull(?:a|ar|ade|at|ad)|fitt(?:a|an|or)|kuk(?:en|ar)?|hor(?:a|an|or|unge|ungar)",),
    "da": (r"knep(?:pe|per|pede)|fissen?|kussen?|luder(?:en)?|røvhul(?:let|ler)?",),
    "no": (r"knull(?:e|er|et)|fitt(?:e|a|en|er)|kuk(?:en|er)?|hor(?:e|a|er|unge)|r[æa]vhøl",),
    "cs": (
        r"kurv(?:a|y|o|u|ou)|(?:za|vy|po|do|na|roz)?jeb(?:at|al|aný|aná|ané|ou|nutý)|píč(?:a|o|i|u)",
        r"kokot(?:e|i|a)?|zmrd(?:e|i|a)?|mrdat|kund(?:a|o|y)|čur(?:ák|áku|áci|áka)",
    ),
    "tr": (r"sik(?:tir|tirin|eyim|erim|mek|iş)|amına|amk|orospu(?:lar|nun)?|götveren|yarrak",),
}

_LETTERS = re.compile(r"[^\W\d_]+")
# Already starred by a recogniser or a subtitler: f***, f*ck, s**t, but not 3*4, a*b or **so**.
_STARRED = re.compile(r"(?<![\w*])[^\W\d_]{1,3}(?:\*{2,}[^\W\d_]*|\*[^\W\d_]{2,})(?![\w*])")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    return re.compile("|".join((*EVERYWHERE, *STRONG.get(language, ()))))


def mask(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """The words, the strong ones with stars for all letters but the first, and marked so."""
    return tuple(
        replace(word, text=mask_text(word.text, language), masked=True)
        if _is_strong(word.text, language)
        else word
        for word in words
    )


def mask_text(text: str, language: str) -> str:
    """The text with stars in its strong words, be it one or many; otherwise as it is."""
    if not _is_strong(text, language):
        return text
    pattern = _pattern(language)
    text = _STARRED.sub(lambda found: _stars(found[0]), unicodedata.normalize("NFC", text))
    return _LETTERS.sub(
        lambda found: _stars(found[0]) if pattern.fullmatch(found[0].casefold()) else found[0],
        text,
    )


def _is_strong(text: str, language: str) -> bool:
    """Whether any word of it is, or has its stars already."""
    pattern, text = _pattern(language), unicodedata.normalize("NFC", text)
    runs = _LETTERS.findall(text)
    return bool(_STARRED.search(text)) or any(pattern.fullmatch(run.casefold()) for run in runs)


def clean(transcript: Transcript) -> Transcript:
    """The transcript with its strong words masked, in words and sentences alike."""
    words = mask(transcript.words, transcript.language)
    if words == transcript.words:
        return transcript
    sentences = tuple(
        replace(s, text=join(words[s.first_word : s.last_word + 1], transcript.language))
        if any(w.masked for w in words[s.first_word : s.last_word + 1])
        else s
        for s in transcript.sentences
    )
    return replace(transcript, words=words, sentences=sentences)


def _stars(text: str) -> str:
    return text[0] + re.sub(r"[^\W\d_]", "*", text[1:])
