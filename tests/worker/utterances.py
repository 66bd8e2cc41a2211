"""Utterances for the training scripts, cut from the sample recordings: no synthesiser is needed."""

from __future__ import annotations

from models.sentences import Line
from models.speech import SAMPLE_RATE, Utterance, Word
from samples import sample
from samples.variants import decoded


def utterances_of(name: str) -> list[Utterance]:
    """Cut a recording in one language into its sentences."""
    known = sample(name)
    assert known.language is not None
    samples = decoded(known.path)
    made, words = [], []
    for word in known.words:
        words.append(word)
        if word.word.endswith("."):
            begin, end = words[0].start, words[-1].end + 0.1
            own = tuple(Word(w.word, w.start - begin, w.end - begin) for w in words)
            line = Line(known.language, " ".join(w.word for w in words), "en-us", 150, 50)
            heard = samples[round(begin * SAMPLE_RATE) : round(end * SAMPLE_RATE)]
            made.append(Utterance(line, heard, own))
            words = []
    return made
