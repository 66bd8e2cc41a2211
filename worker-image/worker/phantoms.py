"""Phrases that models invent over noise: whether a text is nothing but them."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from worker import plain


def is_phantom(text: str) -> bool:
    """Whether a text is made of invented phrases alone, one or several."""
    return _pattern().fullmatch(" ".join(plain.words(text))) is not None


@cache
def _pattern() -> re.Pattern[str]:
    document = tomllib.loads(resources.files("worker").joinpath("phantoms.toml").read_text("utf-8"))
    phrases = {" ".join(plain.words(phrase)) for known in document.values() for phrase in known}
    either = "|".join(re.escape(phrase) for phrase in sorted(phrases))
    return re.compile(f"(?:{either})(?: (?:{either}))*")
