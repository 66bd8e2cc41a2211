"""The small world the fixture models know: its vocabulary, its grammar and its speakers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

Language = Literal["en", "es"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "es")

TRAINING_SEED: Final = 7
HELD_OUT_SEED: Final = 99
HELD_OUT_COUNT: Final = 160


@dataclass(frozen=True)
class Grammar:
    """The phrases of one language, from which sentences are built."""

    subjects: tuple[str, ...]
    verbs: tuple[str, ...]
    objects: tuple[str, ...]
    times: tuple[str, ...]
    places: tuple[str, ...]
    numbers: tuple[str, ...]
    things: tuple[str, ...]
    there_are: str
    we_need: str
    set_phrases: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """A sentence and who says it."""

    language: Language
    text: str
    voice: str
    """The name of an espeak-ng voice, with its variant: `en-us+f2`."""
    words_per_minute: int
    pitch: int
    """From 0 to 99, as espeak-ng takes it."""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


GRAMMARS: Final[dict[Language, Grammar]] = {
    "en": Grammar(
        subjects=_phrases(
            "the manager|the engineer|our team|the customer|the doctor|my friend|the student"
            "|the teacher|our neighbor|the pilot"
        ),
        verbs=_phrases(
            "opened|finished|reviewed|recorded|checked|sold|painted|found|described|moved"
        ),
        objects=_phrases(
            "the report|the invoice|the new budget|the long letter|the audio file|the blue door"
            "|the red car|the small box|the old map|the big window|the green bottle"
            "|the first chapter"
        ),
        times=_phrases(
            "yesterday morning|last night|on monday|before lunch|after the meeting|this week"
            "|on friday|in september"
        ),
        places=_phrases(
            "in london|at the office|in the kitchen|near the river|at school|in the garden"
        ),
        numbers=_phrases("two|three|four|five|six|seven|eight|nine|ten|twelve"),
        things=_phrases("tickets|apples|pages|chairs|minutes|orders|books|houses"),
        there_are="there are",
        we_need="we need",
        set_phrases=_phrases(
            "good morning everyone|thank you for listening|welcome to the weekly meeting"
            "|please call me tomorrow|the weather is very cold today"
            "|let us start with the first question|that is all for now|i have no more questions"
        ),
    ),
    "es": Grammar(
        subjects=_phrases(
            "el gerente|la ingeniera|nuestro equipo|el cliente|la doctora|mi amigo|el estudiante"
            "|la profesora|nuestro vecino|el piloto"
        ),
        verbs=_phrases("abrió|terminó|revisó|grabó|compró|vendió|pintó|encontró|describió|movió"),
        objects=_phrases(
            "el informe|la factura|el nuevo presupuesto|la carta larga|el archivo de audio"
            "|la puerta azul|el coche rojo|la caja pequeña|el mapa viejo|la ventana grande"
            "|la botella verde|el primer capítulo"
        ),
        times=_phrases(
            "ayer por la mañana|anoche|el lunes|antes de comer|después de la reunión|esta semana"
            "|el viernes|en septiembre"
        ),
        places=_phrases(
            "en madrid|en la oficina|en la cocina|cerca del río|en la escuela|en el jardín"
        ),
        numbers=_phrases("dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce"),
        things=_phrases("entradas|manzanas|páginas|sillas|minutos|pedidos|libros|casas"),
        there_are="hay",
        we_need="necesitamos",
        set_phrases=_phrases(
            "buenos días a todos|gracias por escuchar|bienvenidos a la reunión semanal"
            "|por favor llámame mañana|hoy hace mucho frío|empecemos con la primera pregunta"
            "|eso es todo por ahora|no tengo más preguntas"
        ),
    ),
}

VOICES: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("en-us", "en-us+f2", "en-us+m3", "en-gb", "en-gb+f4", "en-us+f3", "en-gb+m2"),
    "es": ("es", "es+f2", "es+m3", "es-419", "es-419+f4", "es+f3", "es-419+m2"),
}


def compose(language: Language, chance: random.Random) -> str:
    """Build a sentence: a capital letter, a full stop, nothing between but words and spaces.

    The embedded model was trained on what this draws: a change in the order of the draws
    changes which sentences it has never heard.
    """
    grammar, choose, kind = GRAMMARS[language], chance.choice, chance.random()
    clause = " ".join(map(choose, (grammar.subjects, grammar.verbs)))
    thing = choose(grammar.objects)
    if kind < 0.3:
        text = f"{clause} {thing} {choose(grammar.times)}"
    elif kind < 0.5:
        text = f"{clause} {thing} {choose(grammar.places)}"
    elif kind < 0.65:
        text = f"{choose(grammar.times)} {clause} {thing}"
    elif kind < 0.8:
        opening = choose((grammar.there_are, grammar.we_need))
        text = " ".join((opening, *map(choose, (grammar.numbers, grammar.things, grammar.places))))
    elif kind < 0.9:
        text = " ".join((clause, *map(choose, (grammar.numbers, grammar.things))))
    else:
        text = choose(grammar.set_phrases)
    return f"{text[0].upper()}{text[1:]}."


def draw(count: int, seed: int, exclude: Collection[str] = ()) -> list[Line]:
    """Draw lines, English and Spanish in turn, without the excluded texts."""
    chance = random.Random(seed)
    lines: list[Line] = []
    while len(lines) < count:
        language = LANGUAGES[len(lines) % 2]
        text = compose(language, chance)
        if text not in exclude:
            lines.append(speak(language, text, chance))
    return lines


def speak(language: Language, text: str, chance: random.Random) -> Line:
    """Give a text to one of the speakers the models know."""
    return Line(
        language,
        text,
        chance.choice(VOICES[language]),
        chance.randint(135, 185),
        chance.randint(35, 65),
    )


def held_out() -> list[Line]:
    """The lines kept for evaluation. Only their set phrases are also trained on."""
    return draw(HELD_OUT_COUNT, HELD_OUT_SEED)


def training(count: int) -> list[Line]:
    """The lines to train on."""
    return draw(count, TRAINING_SEED, {line.text for line in held_out()} - _set_sentences())


def _set_sentences() -> set[str]:
    phrases = (phrase for grammar in GRAMMARS.values() for phrase in grammar.set_phrases)
    return {f"{phrase[0].upper()}{phrase[1:]}." for phrase in phrases}


def words(text: str) -> list[str]:
    """The words as the evaluation compares them: lower case, no punctuation."""
    return [word for word in (raw.strip(".,?!¿¡").lower() for raw in text.split()) if word]
