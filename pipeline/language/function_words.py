"""Words that only hold others together, by language."""

from functools import cache

from pipeline.language import lexicon

# A capital in them is courtesy.
POLITE = lexicon.as_set("sie ihr ihre ihren ihnen vous lei loro usted ustedes ni вы вас вам ваш")
# What the lists of pipeline.language.lexicon, made for choosing subjects, leave out.
FURTHER = {
    "de": lexicon.as_set(
        "einige manche solche welche welcher welches deren dessen diesem diesen jenes jene sondern "
        "obwohl während zwischen trotzdem deshalb deswegen außerdem irgendwie natürlich eigentlich "
        "vielleicht wirklich einfach genau euch euer unsere unserer ihnen denen"
    ),
    "fr": lexicon.as_set(
        "lorsque puisque tandis lesquels lesquelles laquelle lequel auquel celui celle ceux celles "
        "quelque quelques plusieurs chaque jamais toujours parfois pendant depuis jusque ici voici "
        "soit sois suis es sommes êtes étaient étais serait sera sont ont avons avez avaient aura "
        "peuvent pouvait doit doivent devait faut fallait aujourd'hui maintenant quelqu'un parce "
        "évidemment vraiment seulement"
    ),
    "es": lexicon.as_set(
        "tú soy eres somos están estaba estaban estos estas esos esas aquel aquella aquellos cuál "
        "cuándo dónde cómo quienes cuyo mío mía tuyo suyo nuestra nuestro nuestras nuestros "
        "durante mientras contra según nosotras ellas fueron sido siendo tenemos tienen tenía "
        "había habían puede pueden podemos podría debe deben hacen hacemos alguien ningún ninguna "
        "algunos algunas cualquier cualquiera siempre nunca jamás también tampoco sino apenas"
    ),
}
# Long, and yet said of anything.
COMMON_EN = lexicon.as_set(
    "different important interesting possible question questions problem problems example "
    "examples another somewhat between without somehow whatever whenever wherever however "
    "therefore although themselves ourselves yourselves happening basically started starting "
    "understand believe believed thought talking getting looking working thinking feeling making "
    "putting running coming trying wanting allowed situation situations certain several general "
    "usually sometimes especially percent hundreds thousands millions another against everyone "
    "someone nothing towards besides whereas whether because through various similar similarly "
    "further including included throughout underneath alongside beneath despite beside besides "
    "except amongst unlike onwards towards whose whomever whichever whoever neither itself "
    "anywhere anymore everybody everything everywhere nowhere nobody somebody something anything "
    "beyond across within toward behind rather perhaps chapter section version versions number "
    "numbers"
)


@cache
def function_words(language: str) -> frozenset[str]:
    """Small letters; of a language that is not known here hardly any."""
    further = FURTHER.get(language, frozenset())
    return lexicon.stop_words(language) | further | POLITE | lexicon.fillers(language)
