"""Small words of languages other than English that tell what a sentence is good for.

Short lists: what a talk is full of and a text can do without. A language that is not here is
read by length, order and likeness alone.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline.language import lexicon

_NEVER = re.compile(r"()(?!)")


@dataclass(frozen=True, slots=True)
class Tongue:
    """What is known of one language; patterns that never match where nothing is."""

    openers: re.Pattern[str]  # at the front: carry nothing
    leaning: re.Pattern[str]  # at the front: needs the sentence before
    chatter: re.Pattern[str]  # greets, thanks, advertises
    weak: re.Pattern[str]  # doubts, searches for words, talks about the talk
    repairs: re.Pattern[str]  # "ich war, also ich war": begun, and begun again; group 1 stays


@dataclass(frozen=True, slots=True)
class _Lists:
    openers: str
    joins: str  # at the front: they tie to the sentence before, as `leaning` does
    leaning: str
    chatter: str
    weak: str
    repairs: str = ""
    greets: str = ""  # chatter too, but only at the front, after small words or a name


_KNOWN = {
    "de": _Lists(
        openers="also|na ja|naja|ach|okay|tja|nun|nun ja|äh|ja, also|ja gut|na gut|sag mal|"
        "weißt du was|ehrlich gesagt|wie gesagt|genau(?!, (?:wie|was|so)\\b)|"
        "so(?!, (?:wie|dass|als|weit)\\b)|gut(?=,(?: \\S+){4})(?!, (?:dass|wenn|wie|weil)\\b)|"
        "(?:pass auf|schauen sie|schau|weißt du|wissen sie|ich meine?)"
        "(?!, (?:dass|ob|was|wer|wen|wem|wie|wieso|wo|woher|wohin|wann|warum|welche\\w*)\\b)",
        joins="und|und dann|aber|also|denn|dann|oder|weil|drum",
        leaning="er|sie|es(?! (?:gibt|gab|braucht|brauchte|war (?:ein\\w*|im|am)|lohnt|"
        "ist (?:wichtig|besser))\\b)|ihm|ihn|ihr|ihnen|das (?:ist|sind|war|waren|hat|hatte|hab\\w*|"
        "lief|geht|ging|kann|muss|wird|wäre|heißt|stimmt|reicht|kam|macht\\w*|wollt\\w*|weiß)|dies|"
        "diese|dieser|dieses|der (?:ist|war|hat|wusste|hatte)|die (?:ist|war|hat|hatte|sind|waren|"
        "hab\\w*)|de[nm] hab\\w*|damit|davon|dafür|dadurch|darum|dazu|dabei|danach|deshalb|"
        "deswegen|trotzdem|sonst|auch|da|dort|so|beide|ja|nein|doch|genau|stimmt|"
        "\\w+ (?:tage|wochen|monate|jahre|minuten|stunden) später",
        chatter="herzlich willkommen|willkommen (?:bei|beim|zu(?! hause)|zum|zur|zurück)|"
        "schön, dass (?:du|sie|ihr|wir) (?:\\w+ ){0,2}(?:da|hier|dabei|gekommen)|danke,? (?:fürs|"
        "für (?:die einladung|deine zeit|ihre zeit|das gespräch))|(?:kanal|podcast|newsletter)"
        ".{0,25} abonnier\\w*|abonnier\\w* .{0,25}(?:kanal|podcast|newsletter)|"
        "wie geht(?:'s| es) (?:dir|ihnen|euch)(?=\\?| heute\\?)|"
        "wie war (?:die|deine|ihre) (?:anreise|herfahrt)|in (?:der nächsten|dieser) "
        "(?:folge|sendung)|unser(?:em|en)? (?:podcast|sponsor)|shownotes",
        greets="willkommen(?=[,.!]| zu)|(?:einen )?(?:schönen )?guten (?:morgen|tag|abend)|hallo|"
        "danke(?=[,.!]| (?:dir|ihnen|euch|schön|sehr|für|dass)\\b)|vielen (?:herzlichen )?dank|"
        "tschüss|auf wiedersehen|bis (?:zum nächsten mal|nächste woche|bald)(?=[.!]*$)",
        weak="glaube? ich|(?:ich|das) weiß (?:ich )?(?:auch |gar |jetzt )*nicht|"
        "weiß ich (?:auch |gar |jetzt )*nicht|keine ahnung|irgendwie|sozusagen|"
        "lass(?:en sie)? mich (?:kurz |mal )*(?:überlegen|nachdenken|nachschauen)|"
        "^(?:einen )?moment(?: mal)?(?=[,.!?])|muss ich (?:kurz |noch )*erzählen|nächste frage|"
        "wie heißt das (?:noch|gleich|jetzt)|was wollte ich|wo war ich|schwer zu sagen|"
        "(?<!so )oder so(?=[,.!?]| was\\b| ähnlich\\b)",
        repairs="also(?! \\w+ (?:ich|du|er|sie|es|wir|ihr|man|auch)\\b)|ich meine?|"
        "beziehungsweise|besser gesagt",
    ),
    "fr": _Lists(
        openers="alors|eh ben|eh bien|ben|bon|bah|donc|voilà|écoutez|écoute|vous savez|tu sais|"
        "vous voyez|tu vois|franchement|bref|ah|effectivement|justement|en fait|du coup",
        joins="et|et alors|et puis|mais|donc|alors|puis|parce qu(?:e|')|car|ou",
        leaning="ils?(?! (?:n')?y (?:a|avait|aura|aurait)\\b| (?:ne )?(?:faut|fallait|faudra|"
        "faudrait|suffit|suffisait|existe|existait|vaut|valait|s'agit|pleuvait)\\b)|elles?|ça|"
        "cela|ceci|c'(?:est|était)|ce (?:n'est|n'était|sont|sera|serait)|"
        "cel(?:ui|le)(?! (?:qui|que|dont)\\b| qu')|lui|leurs?|aussi|là|(?:ah )?oui|"
        "ouais|non(?=[,.!?]| non\\b)|"
        "si(?=[,.!?])|exactement|d'accord|enfin|finalement|(?:moi|nous|vous|eux), c'|"
        "avec d(?:u|es|e la|e l')",
        chatter="bienvenue (?:à|au|aux|dans|sur|chez)|merci (?:d'être|d'avoir|de nous|de m'avoir|"
        "à (?:vous|tous|toi))|merci beaucoup|abonnez-vous|abonne-toi|"
        "(?:comment allez-vous|vous allez bien)(?= ?[?,.])|dans cette émission|"
        "(?:prochain|dans cet) épisode(?! de\\b)|notre (?:podcast|sponsor)|"
        "bonne (?:écoute|journée|soirée)",
        greets="bonjour|bonsoir|bienvenue|merci(?! à (?:lui|elle|eux)\\b)|au revoir|"
        "à (?:très )?bientôt|à la prochaine(?= ?[.!]*$)",
        weak="je (?:ne )?sais (?:pas|plus)(?! (?!encore\\b)\\w+(?:er|ir|re)\\b)|"
        "(?<=, )je (?:crois|pense)(?= ?[,.?!])|peut-être|comment dire|"
        "^attendez(?= ?[,.!…])|une (?:autre |dernière )question|quelque chose comme ça|"
        "un truc comme ça|si je me souviens|mais bon",
        repairs="enfin|je veux dire|pardon",
    ),
    "es": _Lists(
        openers="pues|bueno|a ver|o sea|vale|ay|oye|oiga|entonces|en fin|fíjate|verás|pues nada|"
        "pues mira|mir[ae](?!, (?:qué|cómo|quién|dónde|cuánt\\w+)\\b)|hombre(?!, mujer)|"
        "claro(?!, (?:pero|que|porque|si|cuando|y|aunque)\\b)|"
        "la verdad(?!, (?:aunque|como|por|la|a|y)\\b)",
        joins="y|y entonces|y luego|pero|porque|o|pues|entonces|así que|total, que",
        leaning="él|ella|ellos|ellas|eso|esto|es[ea]s?|aquello|aquel|aquella|fue|era|así|también|tampoco|"
        "luego|sí|no(?=[,.!?])|allí|le dije|exacto|al final|lo (?:tiene|tenía|hizo|hice|vi|vio)|"
        "se lo \\w+|(?:el|la) que (?:no )?(?:se )?\\w+(?:aba|ía|ó)",
        chatter="bienvenid[oa]s? (?:a|al|de nuevo)|(?:muchas|muchísimas|mil) gracias(?! al?\\b)|"
        "gracias por (?:venir|estar|acompañarnos|escuchar\\w*|invitarme|la invitación)|"
        "suscríb\\w+|suscribiros|cómo est[áa]s?(?=[?,]| usted\\b)|"
        "qué tal(?=[?,]| (?:el viaje|estás?|todo)\\b)|este episodio(?! de\\b)|"
        "nuestro (?:podcast|patrocinador)|nos (?:vemos|oímos) (?:la próxima|en)",
        greets="hola|buenos días|buenas (?:tardes|noches)|bienvenid[oa]s?|gracias(?! al?\\b)|adiós|"
        "hasta (?:luego|pronto|la próxima)(?=[ .!]*$)|un (?:saludo|abrazo) a",
        weak="no sé(?! \\w+[aei]r\\b)|(?<=, )(?:yo )?creo(?=[,.?!])|me parece|quizás?|a lo mejor|"
        "cómo se dice|^(?:no, )?espera(?=[,.!…])|otra pregunta|la última pregunta|o algo así|"
        "te pregunte|déjame (?:pensar|ver)|si no recuerdo mal|no me acuerdo|por así decirlo",
        repairs="o sea|bueno|digo(?=,)|perdón|mejor dicho",
    ),
    "it": _Lists(
        openers="allora|beh|be'|mah|eh|insomma|ecco|guardi|guarda|senta|senti|ascolti|cioè|dunque|"
        "vede|sai|e niente|bene(?=,(?: \\S+){4})|"
        "sa(?!, (?:che|chi|cosa|come|dove|quando|perché|quant\\w)\\b)",
        joins="e|e poi|ed|ma|però|perché|quindi|allora|o|dunque",
        leaning="lui|lei|loro|questo|questa|quell[oa](?! che\\b)|ciò(?! che\\b)|così|anche|poi|"
        "invece|sì|no|lì|gli ho|le ho|esatto|chiarissim\\w|certo|l'(?:ho|hai|ha|hanno|aveva\\w*)|"
        "gliel\\w+|era|è (?:ancora|stat[oa]|mort[oa])|ci ho|alla fine|"
        "\\w+ (?:giorni|settimane|mesi|anni|minuti|ore) dopo",
        chatter="benvenut[oaie] (?:a|al|alla|in|su)|grazie mille|grazie (?:per (?:essere|averci|"
        "averm\\w+|l'invito|l'ascolto)|a (?:lei|voi|te|tutti))|iscrivetevi|iscriviti (?:al|alla)|"
        "come (?:sta|stai|va)(?=[?,])|questa puntata|prossima puntata|"
        "il nostro (?:podcast|sponsor)|buon ascolto",
        greets="buongiorno|buonasera|ciao|salve|benvenut[oaie]|grazie(?=[,.!]| (?:infinite|davvero|"
        "di|per|a (?:lei|voi|te|tutti))\\b)|arrivederci|alla prossima(?=[ .!]*$)|a presto",
        weak="non (?:lo )?so(?! \\w+[aei]re\\b)|(?<=, )(?:credo|penso)(?=[,.?!])|forse|"
        "come (?:si dice|dire)|^(?:no, )?aspett[ia](?=[,.!…])|un'altra domanda|l'ultima domanda|"
        "o qualcosa del genere|mi faccia pensare|boh|se non sbaglio|non mi ricordo|per così dire",
        repairs="cioè|insomma(?=,)|scusi|anzi",
    ),
    "pt": _Lists(
        openers="então|olha|olhe|olha só|veja bem|ó|ih|pois|pois é|né|tipo|quer dizer|enfim|ah|"
        "sabe|gente|na verdade|assim|(?:bom|bem)(?=,(?: \\S+){4})|"
        "é(?=, (?:eu|a gente|ele|ela|eles|elas|foi|era|tem|tinha|mas|não)\\b)",
        joins="e|e aí|mas|aí|porque|então|ou|só que|só que aí",
        leaning="ele|ela|eles|elas|isso|isto|aquilo|assim|também|lá|sim|não(?=[,.!?])|ess[ea]s?|exato|"
        "daí|foi|era|vai|depois(?! (?:que|de|da|do)\\b)|custou|ficou|no (?:fim|final)",
        chatter="sejam? (?:muito )?bem-vind\\w+|muito obrigad[oa](?! a\\b)|obrigad[oa] por "
        "(?:me|nos|ter|vir|estar|aceitar|assistir)|inscreva-se|se inscrev[ae]m? no canal|"
        "tudo bem(?=\\?)|como (?:vai|está)(?=[?,]| (?:você|o senhor|a senhora)\\?)|"
        "este episódio(?! d)|próximo episódio|nosso (?:podcast|patrocinador)",
        greets="bom dia|boa (?:tarde|noite)|olá|oi|bem-vind\\w+|obrigad[oa](?=[,.!])|tchau|"
        "até (?:logo|a próxima|mais)(?=[ .!]*$)|um (?:beijo|abraço) (?:pra|para)|eu que agradeço",
        weak="não sei(?! \\w+[aei]r\\b)|(?<=, )(?:eu )?acho(?: eu)?(?=[,.?!])|acho que (?:sim|não)|"
        "talvez|como se diz|^(?:não, )?espera(?: aí)?(?=[,.!…])|"
        "deix[ae](?:-me| eu) (?:ver|pensar|lembrar)|outra pergunta|última pergunta|ou algo assim|"
        "^me conta|se não me engano|não lembro|sei lá",
        repairs="quer dizer|é(?=,)|ou melhor|desculpa",
    ),
    "nl": _Lists(
        openers="nou|nou ja|oké|zeg maar|eigenlijk|tja|ach|nou, kijk|ja, nou|maar goed|weet je wat|"
        "eerlijk gezegd|goed(?=,(?: \\S+){4})|(?:kijk|luister|weet je|weet u|ik bedoel)"
        "(?!, (?:dat|of|wat|wie|waar|hoe|wanneer|waarom|welke?)\\b)",
        joins="en|en toen|maar|want|dus|of|omdat",
        leaning="hij|zij|ze|het (?:is|was|ging|werd|heeft|had)|dat|dit|die (?:is|was|heeft|had|"
        "zei)|daar|daarom|daarna|daardoor|ook|zo|hem|haar|ja|nee|klopt|precies|toch|uiteindelijk|"
        "toen(?! (?:ik|we|wij|mijn)\\b)|\\w+ (?:dagen|weken|maanden|jaar|minuten|uur) later",
        chatter="welkom (?:bij|terug|in deze)|(?:dank je|dank u|bedankt) (?:voor (?:het (?:"
        "luisteren|kijken|gesprek)|je komst|de uitnodiging)|dat je)|abonneer (?:je|u)|"
        "hoe gaat het(?=\\?| met (?:je|jou|u|jullie)\\?)|deze aflevering|volgende aflevering|"
        "onze (?:podcast|sponsor)|fijn dat (?:je|u|jullie) er",
        greets="welkom|goe(?:de|ie)(?:morgen|middag|n?avond)|hallo|hoi|dank (?:je|u)(?: wel)?|"
        "hartelijk dank|bedankt|dankjewel|dankuwel|graag gedaan|tot ziens|"
        "tot (?:de )?volgende (?:keer|week)(?=[ .!]*$)",
        weak="ik weet (?:het )?niet|weet ik niet|denk ik|geloof ik|misschien|hoe heet dat|"
        "^wacht(?: even)?(?=[,.!…])|andere vraag|laatste vraag|of zoiets|"
        "laat me (?:even |eens )?(?:denken|kijken|zien)|als ik me niet vergis|geen idee",
        repairs="ik bedoel|nou(?=,)|sorry|of liever",
    ),
    "ru": _Lists(
        openers="ну|ну вот|значит|короче|в общем|честно говоря|скажем так|ой|э-э|собственно|"
        "в принципе|на самом деле|вот(?!, (?:что|как|кто|где|почему|зачем|чем)\\b)|"
        "так(?!, (?:что|как|чтобы)\\b)|(?:знаете|знаешь|понимаете|слушайте|смотрите)"
        "(?!, (?:что|как|кто|где|куда|сколько|почему|зачем|когда|чем)\\b)",
        joins="и|и вот|а|а вот|но|потому что|поэтому|или|тогда|ну и",
        leaning="он|она|они|оно|его|её|ее|их|ему|ей|им|это|этот|эта|эти|эт(?:ого|ому|ой|у|им)|там|"
        "туда|оттуда|тоже|также|так|да|нет(?=[,.!?])|тут|здесь|точно|в итоге|"
        "у (?:него|неё|нее|них)",
        chatter="добро пожаловать|спасибо (?:вам |тебе )?(?:большое|огромное|за (?:внимание|беседу|"
        "разговор|приглашение|просмотр))|подписывайтесь на (?:канал|наш\\w*|подкаст)|"
        "как (?:дела|доехали|поживаете)(?=[?,.])|в (?:этом|следующем) выпуске|следующий выпуск|"
        "наш(?:его|ем)? (?:подкаст\\w*|спонсор\\w*)|ставьте лайки?",
        greets="здравствуйте|добрый (?:день|вечер)|доброе утро|(?:всем )?привет|и вам спасибо|"
        "спасибо(?=[,.!]| (?:вам|тебе|большое|огромное|что|за)\\b)|до свидания|"
        "(?:ну )?пока(?=[.!]*$)|до (?:новых )?встречи?(?=[ .!]*$)|как вы(?=\\?)",
        weak="не знаю|наверное|кажется|(?<!не )может быть(?=,)|как сказать|"
        "^подождите(?=[,.!…])|другой вопрос|последний вопрос|что-то такое|"
        "(?<=, )(?:я )?думаю(?=[,.?!])|если не ошибаюсь|не помню|трудно сказать",
        repairs="то есть|ну(?=,)|вернее|точнее",
    ),
}
# Scripts that part no words: what stands at the front, whatever follows.
_UNPARTED = {
    "ja": _Lists(
        openers="えっと|えーと|ええと|えー|あの|あのー|その|まあ|まぁ|ま|うーん|いやあ|いやー|なんか|"
        "ほんとに|そうですね|あはは|ふふ|へえ|なるほど|じゃあ",
        joins="でも|だから|それで|そして|それと|しかし|じゃあ|そしたら",
        leaning="それ|その|そこ|そう|そんな|これ(?!から)|この|ここ|あれ|あの|で[、，]|でも|だから|"
        "そして|そしたら|しかし|じゃあ|はい|いえ|いや[、，]|ええ|え、|結局|"
        "(?:みんな、)?[一二三四五1-5１-５]つ目から",
        chatter="よろしくお願い(?:し|いたし)ます[。！]?$|ありがとうございま(?:す|した)[。！]?$|"
        "ようこそ(?:お越し|いらっしゃい)|また来週[。！]?$|チャンネル登録(?!者)|高評価|概要欄",
        greets="こんにちは|こんばんは|おはようございます|ようこそ|はじめまして|さようなら|"
        "ありがとうございま(?:す|した)(?=[。！、]|$)",
        weak="わから(?:ない|ん)(?:です|けど|んです)|分かりません|わかりません|たぶん|多分|かもしれ|"
        "でしょうか|と思うんですけど|気がする|なんていうか|っていうか",
    ),
    "zh": _Lists(
        openers="嗯|呃|啊|哎|哎呀|哎哟|哇|哈哈|好|那|那个|这个嘛|就是|就是说|其实|反正|怎么说呢|"
        "你知道吗|说实话",
        joins="然后|所以|但是|而且|因为|不过",
        leaning="他|她|它|这|那|但(?!愿)|因此|也(?!许)|就(?!业|医|职|读|餐|诊|算|像|连)|"
        "对(?:啊|呀|吧|的)?(?=[，,。！？])|没事|是啊|后来|结果[，,]|最后[，,]",
        chatter="欢迎(?:大家|各位|收听|收看|来到|回来|你来|您来|欢迎)|(?:谢谢|感谢)(?:大家|各位|收听|"
        "收看|你来|您来|邀请)|(?:再见|拜拜)(?=[。！，!]|$)|下期(?:节目|再见|见)|下周(?:见|再见)|"
        "(?:请|记得|欢迎|别忘了).{0,6}(?:订阅|点赞|关注)|点赞[、，]?(?:收藏|关注|订阅|转发)|"
        "关注我们|路上堵(?:不堵|吗)|[这本]期节目|[由谢].{1,12}赞助|今天就(?:聊|说|讲)?到这",
        greets="谢谢|感谢|[^，。：]{0,4}[你您]好(?=[，。！,!]|$)|(?:各位\\w{0,2}|听众)*大家好(?=[，。！,!]|$)|欢迎",
        weak="我(?:也)?不知道|(?<!不)可能(?!性)|也许|好像|大概|怎么说|我想想|下一个问题|记不清|"
        "说不好|我猜",
    ),
}
_NAME = "(?-i:[A-ZÀ-ÞА-ЯЁ])\\w+(?: (?-i:[A-ZÀ-ÞА-ЯЁ])\\w+)?, "
_MARKS = "¡¿\"„“«‘'(-–— "  # may stand before the first word


@cache
def tongue(language: str) -> Tongue:
    """What is known of a language. English has lists of its own, in `lexicon`."""
    if language in _UNPARTED:
        lists, mark, within = _UNPARTED[language], "[、，,]\\s*", ""
        greets = f"^(?:(?![^、，]*[说道喊])[^、，。「]{{1,8}}[、，])?(?:{lists.greets})"
    elif language in _KNOWN:
        lists, mark, within = _KNOWN[language], ",\\s*", "\\b"
        small = "|".join([lists.openers, lists.joins, *lexicon.fillers(language)])
        greets = f"^(?:(?:{small})(?:,\\s*|\\s+)|{_NAME}){{0,3}}(?:{lists.greets})\\b"
    else:
        return Tongue(_NEVER, _NEVER, _NEVER, _NEVER, _NEVER)
    leaning = f"(?:{lists.leaning}|{lists.joins})" + ("\\b" if within else "")
    return Tongue(
        openers=_compiled(f"(?:(?:{lists.openers}){mark})+"),
        leaning=_compiled(leaning),
        chatter=_compiled(f"{within}(?:{lists.chatter}){within}|{greets}"),
        weak=_compiled(f"{within}(?:{lists.weak}){within}"),
        repairs=_again(lists.repairs) if lists.repairs else _NEVER,
    )


def chatters(text: str, language: str) -> bool:
    """Whether a sentence greets, thanks, advertises or talks about the talk."""
    if language == "en":
        return bool(lexicon.CHATTER.search(text))
    return bool(tongue(language).chatter.search(text.lstrip(_MARKS)))


def leans(text: str, language: str) -> bool:
    """Whether a sentence needs the one before; English is told by `outline`."""
    return bool(tongue(language).leaning.match(text.lstrip(_MARKS)))


def _again(between: str) -> re.Pattern[str]:
    """Up to four words, one of those that mend what was said, and the same words again.

    What comes again goes on: "easy, well easy, we were lucky" doubts, and mends nothing.
    """
    return _compiled(
        rf"(^|\b(?:und|et|y|e|en|и|а) )(\w+(?: \w+){{0,3}}), (?:{between}),? (?=\2\s+\w)"
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
