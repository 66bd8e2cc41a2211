"""Captions that can be read in time: cues of at most two short lines, as SRT and as WebVTT.

A cue stays for a second and for as long as it takes to read, at 20 characters a second. It stays
shorter only where speech does not allow it: where the next cue's first word is said before, or
the file ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from scribe.spoken import Spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_CHARACTERS: Final = 42
SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 7.0
CHARACTERS_PER_SECOND: Final = 20

PAUSE_SECONDS: Final = 1.0
"""A silence of this length always ends a cue: the next words are not known yet."""

_SENTENCE_ENDS: Final = (".", "?", "!", "…")
_CLAUSE_ENDS: Final = (",", ";", ":", "—")
_CLOSING: Final = "\"')]»”’"

_OPENERS: Final = frozenset("¿¡([{«“‘\u00a0")
_CLOSERS: Final = frozenset(".,;:?!…%)]}»”’")
_NO_BREAK: Final = "\u00a0"
"""Between a mark and its word: neither this module nor a player breaks a line there."""

NOTICE_SECONDS: Final = 5.0
"""How long a caption stays that says why there are no others."""


class Cue(NamedTuple):
    """One caption; times in seconds on the file's clock, one or two lines."""

    start: float
    end: float
    lines: tuple[str, ...]


def cues(words: Iterable[Spoken], duration: float) -> list[Cue]:
    """Cut the words of a file into cues.

    Args:
        words: in order of their starts.
        duration: the file's length in seconds, which cues do not outlast.
    """
    groups = list(_groups(_short(_joined(words))))
    limits = [*(group[0].start for group in groups[1:]), duration]
    made: list[Cue] = []
    for group, limit in zip(groups, limits, strict=False):  # a file without words has no cue
        start = max(group[0].start, made[-1].end if made else 0.0)
        lines = _laid_out([word.text for word in group])
        made.append(Cue(start, _end(start, group, lines, limit), lines))
    return made


def notice(text: str, duration: float) -> list[Cue]:
    """The caption of a file that has no others: players refuse an empty SubRip file.

    Args:
        text: of at most two lines.
        duration: the file's length in seconds.
    """
    end = max(min(NOTICE_SECONDS, duration), 0.001)
    return [Cue(0.0, end, _laid_out(text.split()))]


def _joined(words: Iterable[Spoken]) -> Iterator[Spoken]:
    """Words with the punctuation that stands alone beside them, and without line feeds.

    Neither a cue nor a line may end with an opening mark or begin with a closing one. Such a
    mark has no sound: the time is the word's.
    """
    held: Spoken | None = None
    for word in words:
        text = _NO_BREAK.join(word.text.split())
        if not text:
            continue
        if held and _OPENERS.issuperset(held.text):
            held = Spoken(held.text + _NO_BREAK + text, word.start, word.end)
        elif held and _CLOSERS.issuperset(text):
            held = held._replace(text=held.text + _NO_BREAK + text)
        else:
            if held:
                yield held
            held = word._replace(text=text)
    if held:
        yield held


def _short(words: Iterable[Spoken]) -> Iterator[Spoken]:
    """Words that fit a line: a longer one is cut into equal parts, and its time with it."""
    for word in words:
        length = len(word.text)
        pieces = -(-length // LINE_CHARACTERS)
        if pieces <= 1:
            yield word
            continue
        share = (word.end - word.start) / length
        for piece in range(pieces):
            begin, end = piece * length // pieces, (piece + 1) * length // pieces
            start, finish = word.start + begin * share, word.start + end * share
            yield Spoken(word.text[begin:end].strip(), round(start, 3), round(finish, 3))


def _groups(words: Iterable[Spoken]) -> Iterator[list[Spoken]]:
    """The words of each cue."""
    group: list[Spoken] = []
    for word in words:
        if group and _complete(group, word):
            yield group
            group = []
        while group and not _fits([*group, word]):
            end = _best_break([*group, word])
            yield group[:end]
            group = group[end:]
        group.append(word)
    if group:
        yield group


def _complete(group: Sequence[Spoken], following: Spoken) -> bool:
    """Whether the cue ends here although there is room: a pause, or a sentence's end."""
    last = group[-1]
    if following.start - last.end >= PAUSE_SECONDS:
        return True
    return _ends(last.text, _SENTENCE_ENDS) and _has_time(group, following)


def _has_time(group: Sequence[Spoken], following: Spoken) -> bool:
    """Whether a cue of these words can stay for the shortest time before the next begins."""
    return following.start - group[0].start >= SHORTEST_SECONDS


def _fits(group: Sequence[Spoken]) -> bool:
    if group[-1].end - group[0].start > LONGEST_SECONDS:
        return False
    text = " ".join([word.text for word in group])
    if len(text) <= LINE_CHARACTERS:
        return True
    first_line = text.rfind(" ", 0, LINE_CHARACTERS + 1)
    return len(text) - first_line - 1 <= LINE_CHARACTERS


def _best_break(group: Sequence[Spoken]) -> int:
    """After how many words to end a cue that is full: punctuation first, then pauses."""

    def rank(end: int) -> tuple[bool, bool, int, float, int]:
        last, following = group[end - 1], group[end]
        punctuation = 2 * _ends(last.text, _SENTENCE_ENDS) + _ends(last.text, _CLAUSE_ENDS)
        pause = round(max(following.start - last.end, 0.0), 1)
        nearly_full = 2 * end >= len(group)  # a comma after one word is no place to stop
        return _has_time(group, following), nearly_full, punctuation, pause, end

    return max(range(1, len(group)), key=rank)


def _ends(text: str, marks: tuple[str, ...]) -> bool:
    return text.rstrip(_CLOSING).endswith(marks)


def _laid_out(texts: Sequence[str]) -> tuple[str, ...]:
    """One line where it fits, else two: broken at punctuation, then as even as can be."""
    whole = " ".join(texts)
    if len(whole) <= LINE_CHARACTERS:
        return (whole,)
    options = [(" ".join(texts[:end]), " ".join(texts[end:])) for end in range(1, len(texts))]
    fitting = [pair for pair in options if max(map(len, pair)) <= LINE_CHARACTERS]
    return max(
        fitting,
        key=lambda pair: (
            _ends(pair[0], _SENTENCE_ENDS + _CLAUSE_ENDS),
            -abs(len(pair[0]) - len(pair[1])),
        ),
    )


def _end(start: float, group: Sequence[Spoken], lines: Sequence[str], limit: float) -> float:
    """Long enough to be read, as far as the next cue allows."""
    reading = sum(map(len, lines)) / CHARACTERS_PER_SECOND
    wanted = max(group[-1].end, start + max(reading, SHORTEST_SECONDS))
    end = min(wanted, start + LONGEST_SECONDS, limit)
    # Words that all carry one time still need a cue each, however short.
    return round(max(end, start + 0.001), 3)


def as_srt(captions: Iterable[Cue]) -> str:
    """Render SubRip; hours may have more than two digits."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_srt_text(cue)}\n\n"
        for number, cue in enumerate(captions, start=1)
    )


def as_vtt(captions: Iterable[Cue]) -> str:
    """Render WebVTT, with the characters escaped that would be markup."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_vtt_text(cue)}\n\n"
        for cue in captions
    )


def _srt_text(cue: Cue) -> str:
    # SubRip has no escapes: an arrow in the text would be read as a line of times.
    return "\n".join(cue.lines).replace("-->", "→")


def _vtt_text(cue: Cue) -> str:
    text = "\n".join(cue.lines)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    whole, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{point}{thousandths:03d}"
