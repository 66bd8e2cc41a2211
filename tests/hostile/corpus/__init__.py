"""The hostile and odd files, by kind."""

from tests.hostile.corpus.bombs import BOMBS
from tests.hostile.corpus.headers import HEADERS
from tests.hostile.corpus.odd import ODD
from tests.hostile.corpus.other_things import OTHER_THINGS
from tests.hostile.corpus.pointers import POINTERS

CORPUS = (*POINTERS, *OTHER_THINGS, *HEADERS, *BOMBS, *ODD)

__all__ = ["CORPUS", "POINTERS"]
