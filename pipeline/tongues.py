"""Small words of languages other than English that tell what a sentence is good for.

Short lists: what a talk is full of and a text can do without. A language that is not here is
read by length, order and likeness alone.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline import words

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Tongue:
    """What is known of one language; patterns that never match where nothing is."""

    openers: re.Pattern[str]  # at the front: carry nothing
    joins: re.Pattern[str]  # at the front: ties to the sentence before, and may go
    leaning: re.Pattern[str]  # at the front: needs the sentence before
    chatter: re.Pattern[str]  # greets, thanks, advertises
    weak: re.Pattern[str]  # doubts, searches for words, talks about the talk
    repairs: re.Pattern[str]  # "ich war, also ich war": begun, and begun again; group 1 stays


@dataclass(frozen=True, slots=True)
class _Lists:
    openers: str
    joins: str
    leaning: str
    chatter: str
    weak: str
    repairs: str = ""


_KNOWN = {
    "de": _Lists(
        openers="also|na ja|naja|ja|ach|gut|okay|tja|nun|nun ja|äh|so|genau|pass auf|schauen sie|"
        "weißt du|wissen sie|ich mein|ich meine|sagen wir|ehrlich gesagt|wie gesagt",
        joins="und|und dann|aber|also|denn|dann|oder|weil|drum",
        leaning="er|sie|es|ihm|ihn|ihr|ihnen|das (?:ist|sind|war|waren|hat|hatte|lief|geht|ging|"
        "kann|muss|wird|wäre|heißt|stimmt|reicht|kam)|dies|diese|dieser|dieses|der (?:ist|war|hat|"
        "wusste|hatte)|die (?:ist|war|hat|hatte|sind|waren)|damit|davon|dafür|dadurch|darum|"
        "deshalb|"
        "deswegen|trotzdem|sonst|auch|da|dort|so|beide|nein|doch|genau|stimmt",
        chatter="willkommen|guten (?:morgen|tag|abend)|hallo|schön, dass|danke,? (?:dass|für|dir|"
        "ihnen)|vielen dank|tschüss|auf wiedersehen|bis (?:zum nächsten|nächste)|abonnier\\w*|"
        "wie geht(?:'s| es)|wie war (?:die|deine|ihre) (?:anreise|fahrt)|nächste (?:folge|woche|"
        "sendung)|diese (?:folge|sendung)|"
        "unser(?:em)? (?:podcast|sponsor)",
        weak="glaub(?:e)? ich|ich glaube|weiß (?:ich )?(?:auch )?nicht|keine ahnung|irgendwie|"
        "sozusagen|lass mich|lassen sie mich|moment|muss ich (?:kurz )?erzählen|nächste frage|"
        "wie heißt das|was wollte ich|oder so",
        repairs="also|ich mein|ich meine|beziehungsweise",
    ),
    "fr": _Lists(
        openers="alors|eh ben|eh bien|ben|bon|bah|oui|ouais|enfin|donc|voilà|écoutez|vous savez|"
        "tu sais|disons|bref|ah|ah oui|effectivement|justement|en fait|du coup",
        joins="et|et alors|et puis|mais|donc|alors|puis|parce que|car|ou",
        leaning="il|elle|ils|elles|ça|cela|ceci|c'est|c'était|ce|celui|celle|lui|leur|y|en|aussi|"
        "là|non|si|exactement|d'accord",
        chatter="bonjour|bonsoir|bienvenue|merci|au revoir|à bientôt|abonn\\w*|comment allez-vous|"
        "vous allez bien|cette (?:émission|semaine)|(?:prochain|cet) épisode|à la prochaine|"
        "notre (?:podcast|partenaire)",
        weak="je (?:ne )?sais (?:pas|plus)|je crois|je pense|peut-être|comment dire|attendez|"
        "une (?:autre |dernière )?question|quelque chose comme ça|mais bon|hein",
        repairs="enfin|je veux dire|pardon",
    ),
    "es": _Lists(
        openers="pues|bueno|mira|mire|a ver|o sea|vale|sí|claro|hombre|ay|oye|entonces|en fin|"
        "la verdad|digamos",
        joins="y|y entonces|y luego|pero|porque|o|pues|entonces|así que|total, que",
        leaning="él|ella|ellos|ellas|eso|esto|ese|esa|aquello|así|también|tampoco|luego|no|allí|"
        "le dije|exacto",
        chatter="hola|buenos días|buenas (?:tardes|noches)|bienvenid\\w+|gracias(?! a\\b)|adiós|"
        "hasta "
        "(?:luego|pronto|la próxima)|suscr\\w+|cómo estás|cómo está|qué tal|este (?:episodio|"
        "programa)|la próxima semana|nuestro (?:podcast|patrocinador)",
        weak="no sé|creo que|yo creo|me parece|quizás?|a lo mejor|cómo se dice|espera|"
        "otra pregunta|"
        "la última pregunta|o algo así|te pregunte|déjame",
        repairs="o sea|bueno|digo|perdón",
    ),
    "it": _Lists(
        openers="allora|beh|be'|mah|eh|insomma|ecco|guardi|guarda|senta|sì|cioè|dunque|diciamo|"
        "bene|boh|niente|sa|vede",
        joins="e|e poi|ed|ma|però|perché|quindi|allora|o|dunque",
        leaning="lui|lei|loro|questo|questa|quello|quella|ciò|così|anche|poi|invece|no|lì|gli ho|"
        "le ho|esatto|chiarissim\\w|certo",
        chatter="buongiorno|buonasera|ciao|benvenut\\w+|grazie(?! a\\b)|arrivederci|"
        "alla prossima|a presto|"
        "iscriv\\w+|come (?:sta|stai|va)|questa (?:puntata|settimana)|prossima (?:puntata|"
        "settimana)|"
        "il nostro (?:podcast|sponsor)",
        weak="non (?:lo )?so|credo|penso|forse|come (?:si dice|dire)|aspett\\w+|un'altra domanda|"
        "l'ultima domanda|o qualcosa del genere|mi faccia pensare",
        repairs="cioè|insomma|scusi",
    ),
    "pt": _Lists(
        openers="então|bom|bem|olha|olhe|ih|é|sim|pois|pois é|né|tipo|quer dizer|enfim|ah|sabe|"
        "menina|gente|na verdade|assim",
        joins="e|e aí|mas|aí|porque|então|ou|só que|só que aí",
        leaning="ele|ela|eles|elas|isso|isto|aquilo|assim|também|lá|não|esse|essa|exato|depois",
        chatter="bom dia|boa (?:tarde|noite)|olá|oi|bem-vind\\w+|obrigad\\w+|tchau|até (?:logo|a "
        "próxima|mais)|inscrev\\w+|tudo bem|como vai|como está|este episódio|próxim\\w+ (?:semana|"
        "episódio)|nosso (?:podcast|patrocinador)",
        weak="não sei|acho que|eu acho|talvez|como se diz|espera|deixa eu|deixe-me|outra pergunta|"
        "última pergunta|ou algo assim|me conta",
        repairs="quer dizer|é|ou melhor|desculpa",
    ),
    "nl": _Lists(
        openers="nou|nou ja|ja|goed|oké|kijk|weet je|weet u|ik bedoel|zeg maar|eigenlijk|tja|ach|"
        "nou, kijk|eerlijk gezegd",
        joins="en|en toen|maar|want|dus|of|toen|omdat",
        leaning="hij|zij|ze|het (?:is|was|ging|werd|heeft|had)|dat|dit|die (?:is|was|heeft|had|"
        "zei)|"
        "daar|daarom|daarna|daardoor|ook|zo|hem|haar|nee|klopt|precies|toch",
        chatter="welkom|goedemorgen|goedemiddag|goedenavond|hallo|hoi|dank je|dank u|bedankt|"
        "dankjewel|tot ziens|tot (?:de )?volgende|abonneer\\w*|hoe gaat het|deze aflevering|"
        "volgende (?:aflevering|week)|onze (?:podcast|sponsor)",
        weak="ik weet (?:het )?niet|denk ik|ik denk|geloof ik|misschien|hoe heet dat|wacht|"
        "andere vraag|laatste vraag|of zoiets|laat me",
        repairs="ik bedoel|nou|sorry",
    ),
    "ru": _Lists(
        openers="ну|ну вот|вот|да|так|значит|короче|в общем|знаете|понимаете|слушайте|конечно|"
        "честно говоря|скажем так|ой|э-э",
        joins="и|и вот|а|а вот|но|потому что|поэтому|или|тогда|ну и",
        leaning="он|она|они|оно|его|её|ее|их|ему|ей|им|это|этот|эта|эти|там|тоже|также|так|нет|"
        "тут|здесь|точно",
        chatter="здравствуйте|добрый (?:день|вечер)|доброе утро|привет|добро пожаловать|спасибо|"
        "до свидания|ну пока|до встречи|подписывай\\w+|как (?:дела|доехали|вы)|этот выпуск|"
        "следующ\\w+ (?:выпуск|неделе)|наш (?:подкаст|спонсор)",
        weak="не знаю|наверное|кажется|по-моему|может быть|как сказать|подождите|другой вопрос|"
        "последний вопрос|что-то такое|я думаю",
        repairs="то есть|ну|вернее",
    ),
}  # fmt: skip
# Scripts that part no words: what stands at the front, whatever follows.
_UNPARTED = {
    "ja": _Lists(
        openers="えっと|えーと|えー|あの|あのー|その|まあ|うーん|ええ|はい|いや|いやあ|なんか|ほんとに|"
        "そうですね|あはは|ふふ|へえ|なるほど",
        joins="で|でも|だから|それで|そして|それと|しかし|じゃあ|そしたら",
        leaning="それ|その|そこ|そう|これ|この|ここ|あれ|あの|で、|でも|だから|そして|そしたら|しかし|"
        "じゃあ|はい|いえ|ええ|え、",
        chatter="よろしくお願い|ありがとうございま|こんにちは|こんばんは|おはよう|ようこそ|はじめまして|"
        "さようなら|また来週|チャンネル登録|今日は寒い|緊張し",
        weak="わからない|分かりません|たぶん|多分|かもしれ|でしょうか|と思うんですけど",
    ),
    "zh": _Lists(
        openers="嗯|呃|啊|哎|哎呀|哎哟|哇|哈哈|对|对啊|是的|好|那|那个|这个嘛|就是|其实|反正",
        joins="然后|所以|但是|但|而且|因为|不过|就|那",
        leaning="他|她|它|他们|她们|这|那|这个|那个|但是|但|所以|因为|而且|然后|不过|也|就|对|没事|是啊",
        chatter="欢迎|谢谢|感谢|你好|您好|大家好|再见|拜拜|下期|下周|订阅|点赞|关注我们|路上堵|紧张|"
        "这期节目|赞助",
        weak="不知道|可能|也许|好像|大概|怎么说|我觉得|我想想|下一个问题",
    ),
}  # fmt: skip


@cache
def tongue(language: str) -> Tongue:
    """What is known of a language. English has lists of its own, in `words`."""
    if language in _UNPARTED:
        lists, mark, within = _UNPARTED[language], "[、，,]\\s*", ""
    elif language in _KNOWN:
        lists, mark, within = _KNOWN[language], ",\\s*", "\\b"
    else:
        return Tongue(_NEVER, _NEVER, _NEVER, _NEVER, _NEVER, _NEVER)
    joined = f"(?:{lists.joins})(?:{mark}|\\s+)" if within else f"(?:{lists.joins}){mark}"
    leaning = f"(?:{lists.leaning}|{lists.joins})" + ("\\b" if within else "")
    return Tongue(
        openers=_compiled(f"(?:(?:{lists.openers}){mark})+"), joins=_compiled(joined),
        leaning=_compiled(leaning), chatter=_compiled(f"{within}(?:{lists.chatter}){within}"),
        weak=_compiled(f"{within}(?:{lists.weak}){within}"),
        repairs=_again(lists.repairs) if lists.repairs else _NEVER,
    )  # fmt: skip


def chatters(text: str, language: str) -> bool:
    """Whether a sentence greets, thanks, advertises or talks about the talk."""
    pattern = words.CHATTER if language == "en" else tongue(language).chatter
    return bool(pattern.search(text))


def leans(text: str, language: str) -> bool:
    """Whether a sentence needs the one before; English is told by `outline`."""
    return bool(tongue(language).leaning.match(text))


def _again(between: str) -> re.Pattern[str]:
    """Up to four words, one of those that mend what was said, and the same words again."""
    return _compiled(rf"\b(\w+(?: \w+){{0,3}}), (?:{between}),? (?=\1\b)")


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
