"""Word lists that tidying and choosing text need."""

import re
from functools import cache

from stop_words import StopWordError, get_stop_words


def as_set(text: str) -> frozenset[str]:
    """The words of a string."""
    return frozenset(text.split())


UNPARTED = as_set("ja zh yue th lo km my")  # written without spaces

# Sounds that mean nothing, by language; "um" is a word in German and Portuguese.
FILLERS: dict[str, frozenset[str]] = {
    "en": as_set("um umm uh uhh uhm erm er hmm hm mhm mmhmm ah"),
    "de": as_set("äh ähm öh öhm ehm hm hmm mhm"),
    "fr": as_set("euh heu hum hmm mh"),
    "es": as_set("eh ehm hmm"),
    "it": as_set("ehm eh hmm"),
    "pt": as_set("hum hmm eh ehm hã ahn"),
    "nl": as_set("eh ehm uh uhm hmm"),
    "ru": as_set("э э-э э-э-э эм эээ ммм гм хм"),
    "pl": as_set("yyy eee hmm"),
}

# What heads the last part of an article.
TAKEAWAYS: dict[str, str] = {
    "en": "Key takeaways",
    "de": "Das Wichtigste",
    "fr": "À retenir",
    "es": "Ideas clave",
    "it": "In breve",
    "pt": "Pontos principais",
    "nl": "Kernpunten",
    "ja": "要点",
    "zh": "要点",
}

# Openers that carry nothing once the sentence stands alone (English).
OPENERS = re.compile(
    r"(?:(?:so|well|okay|ok|yeah|yes|right|all right|alright|now|look|see|listen|oh|wow|anyway|"
    r"actually|basically|honestly|you know|i mean|you see|and|but|or|because|then|like)\b"
    r"(?:,\s*|\s+(?=(?:so|well|okay|yeah|and|but|then|now|anyway)\b)))+",
    re.IGNORECASE,
)
SUBORDINATE = re.compile(
    r"(?:if|when|because|'?cause|cuz|while|although|though|since|unless|until|after|before|as|who|which|where|"
    r"that|whether)\s",
    re.IGNORECASE,
)
CONJUNCTION = re.compile(r"(?:and then|and|but|so|or|because|then|plus)\s+", re.IGNORECASE)
PARENTHETIC = re.compile(r",\s*(?:you know|like|sort of|kind of|you see),\s*", re.IGNORECASE)

# "It works, right?" asks nothing.
TAGS_ASKED: dict[str, re.Pattern[str]] = {
    language: re.compile(rf",\s+¿?(?:{tags})\s*\?$", re.IGNORECASE)
    for language, tags in {
        "en": "right|okay|ok|yeah|you know|correct|huh|eh",
        "de": "oder|ne|nicht|gell|nicht wahr|stimmt's",
        "fr": "hein|n'est-ce pas|tu sais|vous savez",
        "es": "no|verdad|sabes|eh|vale|cierto",
        "it": "no|vero|giusto|sai|eh",
        "pt": "né|não é|certo|sabe|percebe",
        "nl": "hè|toch|weet je",
        "ru": "да|правда|верно|понимаете|знаете",
    }.items()
}

# First words of a question that is one from its beginning.
ASKING = as_set(
    "what what's why how when where who which whose do does don't is are isn't aren't can can't "
    "could would should shall will won't have has if"
)

NUMBERS = as_set(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty "
    "ninety hundred thousand million billion half third quarter percent"
)

# No text may end with one of these.
DANGLING = as_set(
    "a an the and or but nor so yet if when while because since although though unless until as "
    "than that which who whom whose what where why how of in on at to for from with without by "
    "about into onto over under between through during before after against among per via my "
    "your his her its our their this these those some any every each no not only just very too "
    "really is are was were be been being am do does did has have had will would can could may "
    "might shall should must i you he she we they it there i'm you're we're they're it's that's "
    "don't doesn't didn't isn't wasn't can't couldn't won't wouldn't haven't hasn't mr mrs ms dr "
    "gonna wanna got two three four five six seven eight nine ten first second almost even "
    "still also then like said says began started "
    "became told gave made got put took kept called asked everybody's everyone's nobody's "
    "somebody's who's what's there's he's she's"
)

# Nouns that say nothing of a subject.
VAGUE = as_set(
    "bunch couple ton stuff multitude reason piece case idea example moment lack sense question "
    "problem situation result type level amount issue choice distinction possibility advantage "
    "benefit difference rest chance guy folk topic detail option aspect area approach concept "
    "feature attention intention opinion version list group set cases ideas possibilities cent "
    "minus plus equals"
)

# Signs of a story, and words that begin advice.
PAST = as_set(
    "was were had did said went came got took gave told knew saw sat stood put made left found "
    "thought felt began became brought bought kept lost broke called asked didn't wasn't"
)
IMPERATIVES = as_set(
    "do don't never always try use take put make keep start stop ask look learn read write let "
    "give get think remember forget find choose change check turn wait go buy save spend"
)

# A sentence that begins so leans on the one before.
LEANING = as_set(
    "he she it they this that these those him her them his its their which who there then such "
    "same another otherwise also too neither both here one that's that'd that'll he's she's "
    "they're he'd she'd they'd it'd it'll"
)

ORDINALS = as_set("first second third fourth finally next lastly secondly")

AUXILIARY = as_set(
    "is are was were has have had will would can could may might must should do does did isn't "
    "aren't wasn't won't and or but one ones time way kind sort means meant made makes got"
)
BEING = as_set("is are was were isn't aren't wasn't weren't")
DUMMY_VERBS = as_set("began begins started starts took takes turns turned happens happened")

# Talk about the talk: greetings, thanks, adverts. Never worth quoting.
CHATTER = re.compile(
    r"\b(?:sponsor\w*|promo code|discount code|use (?:the |our |my )?code|coupon|checkout|"
    r"subscribe|like button|(?:this|today's) (?:episode|show) is|brought to you|supported by|"
    r"free shipping|(?:a )?(?:quick |short )?word from|before we go on|welcome (?:back |"
    r"everyone|everybody|to)|thanks? (?:you )?(?:so much )?for "
    r"(?:listening|watching|coming|having me|joining|being here)|good (?:morning|evening|"
    r"afternoon)|goodbye|good bye|see you (?:next|then|soon)|how are you|nice to (?:meet|see|"
    r"have)|great to (?:be|have|see)|pleasure to|happy to be here|next (?:week|episode)|"
    r"we(?:'re| are) back|let's (?:talk|start|begin|move)|"
    r"let me ask|thanks? (?:you )?so much|"
    r"can i get you|move this microphone|before we (?:begin|start)|"
    r"let me (?:look|check|see)|can you hear|is this on|my notes|sound check|how was (?:the|your) "
    r"(?:drive|trip|flight|weekend))\b",
    re.IGNORECASE,
)

# What recognisers add to silence, having learned it from films.
CREDITS = re.compile(
    r"^\W*(?:subtitles?|(?:closed )?caption(?:s|ed|ing)|transcri(?:bed|pt|ption)|untertitel\w*|"
    r"sous-titr\w*|subtítulos|sottotitoli|legendas|onderti\w+|субтитры)\b.{0,40}"
    r"\b(?:by|von|des|im auftrag|par|por|pela|a cura|creati|door|сделал|создавал|делал|подогнал|"
    r"community)\b|amara\.org|^\W*sous-titrage (?:st'|société)|редактор субтитров|dimatorzok|"
    r"^\W*(?:copyright (?:wdr|ndr|swr|zdf|br)|продолжение следует|спасибо за просмотр|"
    r"gracias por ver el v[ií]deo|merci d'avoir regardé cette vidéo|obrigad[oa] por assistir|"
    r"grazie per la visione|bedankt voor het kijken|vielen dank fürs zuschauen)\W*(?:\d{4})?\W*$|"
    r"字幕(?:by|制作|由|提供|志愿者)|ご視聴ありがとうございました|請不吝點贊|请不吝点赞",
    re.IGNORECASE,
)

# The talk speaks of itself, of its speakers' doubts, or to those in the room: weak in a text.
META = re.compile(
    r"\b(?:this (?:show|episode|podcast|conversation|webinar|channel|slide)|the show|show notes|"
    r"previous (?:podcast |)episode|your (?:question|request)|open the floor|comes in from|"
    r"(?:in|leave) (?:a|the) comments?|(?:a|one|next|last|quick) question|let me think|let's see|"
    r"as i said|like i said|as we said|you(?:'d|'ve| have| had)? (?:just )?mentioned|you said|"
    r"(?:we'll|i'll|we will|let's) (?:get|come|go|do|put|earmark|see|leave)|"
    r"i (?:wanna|want to|wanted to) (?:ask|turn|talk|go|know|say)|i wonder|we talked about|"
    r"how long have you|asks (?:if|about|whether)|handwriting|let me (?:start|begin)|"
    r"i'm not sure|i don't know|"
    r"i can't (?:remember|read)|something like that|let us know|you'll hear|tweet\w*|"
    r"what was (?:it|that)|look at (?:that|this)|as you (?:can )?see|on mute|will you start|"
    r"you can(?:'t)? (?:see|smell)|can i (?:just|add|say|ask)|over here|right here|good to know|"
    r"you know what|tell (?:me|us)|i suppose|we(?:'re| are) (?:out of time|running)|follow-up|"
    r"introduce|i'm (?-i:[A-Z]\w+))\b",
    re.IGNORECASE,
)
# What stands before an opinion: "I think that the best way is …".
FRAME = re.compile(
    r"(?:and |but |so )?(?:(?:i|we) (?:(?:really|just|always|do|also|would|honestly) )*"
    r"(?:(?:think|guess|suppose)(?: that)?|(?:believe|say|offer up) that|tell people that)|"
    r"i'd say(?: that)?|what i(?:'d| would)? (?:say|tell people) is(?: that)?|"
    r"the (?:thing|point|truth) is(?: that|,)) "
    r"(?=(?:i|you|we|they|it|it's|that's|there's|there|the|most|every\w*|people|nobody|if|when|"
    r"this|my|your|our|feelings?)\b)",
    re.IGNORECASE,
)

# "First, try another socket": what counts the points of a list, in order.
COUNTED: dict[str, tuple[str, ...]] = {
    "en": (
        "first|firstly|one(?!, two)|number one",
        "second|secondly|two(?!, three)|number two",
        "third|thirdly|three(?!, four)|number three",
        "fourth|four|number four",
        "fifth|five|number five",
    ),
    "de": (
        "erstens|als erstes|zuerst|punkt eins|nummer eins|erster punkt",
        "zweitens|als zweites|punkt zwei|nummer zwei|zweiter punkt",
        "drittens|als drittes|punkt drei|nummer drei|dritter punkt",
        "viertens|punkt vier|nummer vier",
        "fünftens|punkt fünf|nummer fünf",
    ),
    "fr": (
        "premièrement|d'abord|tout d'abord|en premier|primo|premier point|(?:la )?première chose",
        "deuxièmement|ensuite|secundo|en deuxième|deuxième point|(?:la )?deuxième chose",
        "troisièmement|enfin|tertio|en troisième|troisième point|(?:la )?troisième chose",
        "quatrièmement",
        "cinquièmement",
    ),
    "es": (
        "primero|en primer lugar|lo primero|(?:la )?primera(?=:)|número uno",
        "segundo|en segundo lugar|lo segundo|(?:la )?segunda(?=:)|número dos",
        "tercero|en tercer lugar|lo tercero|(?:la )?tercera(?=:)|número tres",
        "cuarto(?=:)|en cuarto lugar",
        "quinto(?=:)|en quinto lugar",
    ),
    "it": (
        "primo|(?:la )?prima(?=:)|per prima cosa|prima cosa|innanzitutto",
        "secondo|(?:la )?seconda(?=:)|seconda cosa",
        "terzo|(?:la )?terza(?=:)|terza cosa",
        "quarto",
        "quinto",
    ),
    "pt": (
        "primeiro|em primeiro lugar|(?:a )?primeira(?: coisa)?",
        "segundo|em segundo lugar|(?:a )?segunda(?=:)|segunda coisa",
        "terceiro|em terceiro lugar|(?:a )?terceira(?: coisa)?",
        "quarto(?=:)|em quarto lugar",
        "quinto(?=:)|em quinto lugar",
    ),
    "nl": (
        "ten eerste|eerst|(?:één|eén|een)(?!, twee)|nummer één",
        "ten tweede|twee(?!, drie)|nummer twee",
        "ten derde|drie(?!, vier)|nummer drie",
        "ten vierde|vier(?!, vijf)",
        "ten vijfde",
    ),
    "ru": (
        "во-первых|первое(?!, второе)|сначала(?= ?[—–:])",
        "во-вторых|второе|(?:потом|затем)(?= ?[—–:])",
        "в-третьих|третье|наконец(?= ?[—–:])",
        "в-четвёртых|в-четвертых",
        "в-пятых",
    ),
    "ja": (
        "(?:まず)?(?:一つ目|1つ目|ひとつ目|一番目)(?:は|が)|(?:一つ目|1つ目)(?=[、，])|第一に|"
        "まず(?=[、，])",
        "(?:次に)?(?:二つ目|2つ目|ふたつ目|二番目)(?:は|が)|(?:二つ目|2つ目)(?=[、，])|第二に|"
        "次に(?=[、，])",
        "(?:三つ目|3つ目|みっつ目|三番目)(?:は|が)|(?:三つ目|3つ目)(?=[、，])|第三に|"
        "最後に(?=[、，])",
        "(?:四つ目|4つ目)(?:は|が)",
        "(?:五つ目|5つ目)(?:は|が)",
    ),
    "zh": (
        "第一(?:点|条|步)?是(?!次)|第一(?:点|条|步)?(?=[，,：:、])|首先(?=[，,])",
        "第二(?:点|条|步)?是(?!次)|第二(?:点|条|步)?(?=[，,：:、])|其次",
        "第三(?:点|条|步)?是(?!次)|第三(?:点|条|步)?(?=[，,：:、])|最后(?=[，,])",
        "第四(?:点|条|步)?(?:是|(?=[，,：:、]))",
        "第五(?:点|条|步)?(?:是|(?=[，,：:、]))",
    ),
}

# Words that make a listener stay.
STRONG = as_set(
    "never nobody nothing everyone everybody always only best worst wrong mistake secret truth "
    "afraid fear love hate died death lost lose broke broken fail failed stop quit angry cried "
    "laughed free money dollars euros rich poor first last biggest hardest easiest strangest "
    "impossible surprised surprising shocked ashamed embarrassed confess honest lie lied dirty "
    "save saved ruined change changed forget remember nobody's don't can't won't instead"
)

STOP_EN = as_set(
    "a about above actually after again against ago all almost alone along already also although "
    "always am among an and another any anybody anyone anything anyway are aren't around as ask "
    "asked at away back be became because become been before began begin being below best better "
    "between big both bring but by call called came can can't cannot come comes coming could "
    "couldn't course day days did didn't different do does doesn't doing don't done down during "
    "each either else end enough even ever every everybody everyone everything exactly fact far "
    "feel felt few find fine first for found four from full gave get gets getting give given "
    "gives go goes going gone gonna good got great had half happen happened happens hard has "
    "hasn't have haven't having he he'd he'll he's hello help her here here's hers herself hey hi "
    "him himself his honest honestly how however i i'd i'll i'm i've if in instead into is isn't "
    "it it's its itself just keep kept kind knew know knows last later least leave left less let "
    "let's like liked likely line little long look looked looking looks lot lots love made make "
    "makes making many matter may maybe me mean means might mine minute moment month months more "
    "morning most much must my myself name near need needed needs never new next nice no nobody "
    "none nor not nothing now number of off often oh ok okay old on once one ones only onto open "
    "or other others our ours out over own part particular pass people perfectly perhaps place "
    "please point pretty probably put quite rather ready real really reason remember right said "
    "same sat saw say saying says second see seem seemed seems seen sent set seven several shall "
    "she she'd she's should shouldn't show since single sit six so some somebody someone "
    "something sometimes soon sort stay still stood stop such suppose sure take taken takes tell "
    "telling ten than thank thanks that that's the their them themselves then there there's these "
    "they they'd they'll they're they've thing things think third this those though thought "
    "three through time times tiny to today together told tomorrow tonight too took top toward "
    "tried true try trying turn turned turns two under until up upon us use used uses using "
    "usually very wait want wanted wants was wasn't way ways we we'd we'll we're we've week weeks "
    "well went were weren't what what's whatever when where whether which while who who's whole "
    "whom whose why will wish with within without won't wonder word words work worked works "
    "world worse worst would wouldn't wow write wrong yeah year years yes yet you you'd you'll "
    "you're you've young your yours yourself yesterday eight nine five eleven twelve hundred "
    "thousand million percent wanna inside outside everywhere somewhere bit side episode cannot "
    "isn didn wouldn easy easily simply enough angry wet happy sad bad worse less least tired "
    "stubborn broken bare alive sorry welcome goodbye shake laughed cried bear reach monday "
    "tuesday wednesday thursday friday saturday sunday january february march april june july "
    "august september october november december mr mrs ms dr"
)
STOP: dict[str, frozenset[str]] = {
    "en": STOP_EN,
    "de": as_set(
        "aber alle allem allen als also am an auch auf aus bei beim bin bis bist da dabei damit "
        "danach dann das dass dein dem den denn der des dich die dies diese dieser dir doch dort "
        "du durch ein eine einem einen einer eines er es etwas euch für gegen gibt habe haben hat "
        "hatte heute hier ich ihm ihn ihr ihre im immer in ist ja jede jeder jetzt kann kein keine "
        "man mehr mein meine mich mir mit muss nach nicht nichts noch nur ob oder ohne schon sehr "
        "sein seine seit sich sie sind so soll über um und uns unser unter viel vom von vor war "
        "waren warum was weil wenn wer werden wie wieder will wir wird wo zu zum zur"
    ),
    "fr": as_set(
        "alors après au aussi autre aux avait avant avec avoir beaucoup bien ça car ce cela ces "
        "cette chez comme comment contre dans de depuis des donc dont du elle elles en encore est "
        "et être eu fait faire fois il ils je jour la le les leur leurs lui là ma mais me mes moi "
        "moins mon même ne non nos notre nous on ont ou où par parce pas peu peut plus pour "
        "pourquoi puis quand que quel quelle qui quoi rien sa sans se ses si son sont sous sur ta "
        "te tes toi ton tous tout toute toutes très tu un une vers voilà vos votre vous y était "
        "c'est j'ai n'est qu'il d'un d'une"
    ),
    "es": as_set(
        "a al algo ahora antes aquí así aunque bien cada casi como con cosa cosas cual cuando de "
        "del desde donde dos el ella ellos en entonces era es esa ese eso esta está este esto "
        "fue gente ha hace hacer hasta hay he la las le les lo los luego más me mi mucho muy nada "
        "ni no nos nosotros o otra otro para pero poco por porque pues que qué quien se ser si "
        "sí sin sobre son su sus también te tiene tiempo todo todos tu un una uno vamos ver vez "
        "y ya yo él había"
    ),
}


def fillers(language: str) -> frozenset[str]:
    """Sounds to leave out; none where the language is not known here."""
    return FILLERS.get(language, frozenset())


def dangling(language: str) -> frozenset[str]:
    """Words that no text may end with."""
    return DANGLING if language == "en" else stop_words(language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say nothing of a subject, small letters; none for scripts that part no words."""
    if language in STOP or language in UNPARTED:
        return STOP.get(language, frozenset())
    try:
        return frozenset(word.casefold() for word in get_stop_words(language))
    except StopWordError:
        return frozenset()
