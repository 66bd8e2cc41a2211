"""The measured parts of docs/quality.md, one function for each."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Final, get_args

from scribe.shapes import Language

from bench.quality import pooling
from bench.quality.confidence import bins, ranking
from bench.quality.rendering.tables import NOTHING, counted, percent, share_of, spread, table
from samples.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.quality.results import Detection, Hearing, JudgedText, SoundHeard
    from samples.variants import Variant

_LANGUAGES: Final[dict[Language, str]] = {"en": "English", "es": "Spanish"}
_VARIANTS: Final[dict[Variant, str]] = {
    "clean": "clean",
    "phone": "telephone, 8 kHz",
    "mp3": "MP3, 32 kbit/s",
}


def accuracy(hearings: Sequence[Hearing]) -> str:
    """Word error rates by sample and by language."""
    by_variant = pooling.grouped(hearings, lambda hearing: hearing.condition.variant)

    def row(title: str, name: str | None, language: Language | None) -> list[str]:
        chosen = {
            variant: [one for one in group if name in {None, one.name}]
            for variant, group in by_variant.items()
        }
        said = pooling.errors(next(iter(chosen.values())), language).said
        rates = (pooling.errors(chosen[variant], language).rate for variant in VARIANTS)
        return [title, str(said), *map(percent, rates)]

    names = dict.fromkeys(hearing.name for hearing in hearings)
    rows = [row(f"`{name}`", name, None) for name in names]
    rows += [row(f"all {_LANGUAGES[code]}", None, code) for code in get_args(Language)]
    return table(["Word error rate", "words", *_VARIANTS.values()], rows)


def times(hearings: Sequence[Hearing]) -> str:
    """Errors of word times by variant, and how the engine judged its own work."""
    rows = []
    for variant, group in pooling.grouped(hearings, lambda one: one.condition.variant).items():
        starts = list(chain.from_iterable(hearing.start_errors for hearing in group))
        ends = list(chain.from_iterable(hearing.end_errors for hearing in group))
        words = sum(len(hearing.words) for hearing in group)
        estimated = sum(hearing.estimated for hearing in group)
        rows.append([_VARIANTS[variant], spread(starts), spread(ends), f"{estimated} of {words}"])
    head = ["Median / 90th percentile, ms", "start of a word", "end of a word", "estimated times"]
    return table(head, rows)


def honesty(hearings: Sequence[Hearing]) -> str:
    """What the gates refused, doubtful segments and gaps, by sample and variant."""
    rows = []
    groups = pooling.grouped(hearings, lambda one: (one.name, one.condition.variant))
    for (name, variant), group in groups.items():
        doubtful = sum(hearing.doubtful for hearing in group)
        segments = sum(hearing.segments for hearing in group)
        rows.append(
            [
                f"`{name}`, {_VARIANTS[variant]}",
                _refused([text for one in group for text in one.texts]),
                f"{doubtful} of {segments}",
                counted(pooling.doubts(group)),
                counted(pooling.gap_seconds(group), " s"),
            ]
        )
    head = ["Sample", "decodings refused", "doubtful segments", "doubts", "gaps"]
    return table(head, rows)


def _refused(texts: Sequence[JudgedText]) -> str:
    return f"{sum(bool(text.failures) for text in texts)} of {len(texts)}"


def confidence(hearings: Sequence[Hearing]) -> str:
    """The share of wrong words in bins of confidence."""
    words = [word for hearing in hearings for word in hearing.words]
    rows = []
    for one in bins(words):
        low, high = one.interval
        rows.append(
            [
                f"{one.low:g} to {one.high:g}",
                str(one.count),
                f"{one.mean_confidence:.2f}",
                percent(one.share_wrong),
                f"{percent(low)} to {percent(high)}",
            ]
        )
    unknown = [word for word in words if word.confidence is None]
    if unknown:
        share = percent(sum(word.is_wrong for word in unknown) / len(unknown))
        rows.append(["unknown (`null`)", str(len(unknown)), NOTHING, share, NOTHING])
    head = ["Confidence", "words", "mean", "wrong", "95 % interval"]
    return table(head, rows)


def rank(hearings: Sequence[Hearing]) -> str:
    """How often confidence ranks a right word above a wrong one, for a sentence."""
    found = ranking(word for hearing in hearings for word in hearing.words)
    return NOTHING if found is None else f"{found:.2f}"


def noise(hearings: Sequence[Hearing]) -> str:
    """Word error rate and mean confidence at each level of noise."""
    rows = []
    for level in pooling.noise_levels(hearings):
        sure = level.mean_confidence
        lost = level.errors.missed
        rows.append(
            [
                f"{level.colour} noise, {level.snr_db:.0f} dB" if level.colour else "clean",
                str(len(level.words)),
                NOTHING if sure is None else f"{sure:.2f}",
                percent(level.errors.rate),
                percent(lost / max(1, level.errors.said)),
            ]
        )
    head = [
        "Noise, and how far the speech is above it",
        "words written",
        "mean confidence",
        "word error rate",
        "left out",
    ]
    return table(head, rows)


def detection(detections: Sequence[Detection]) -> str:
    """Missed and false speech of each detector in each scene."""
    by_scene: dict[str, dict[str, Detection]] = defaultdict(dict)
    for one in detections:
        by_scene[one.scene][one.detector] = one
    names = list(dict.fromkeys(one.detector for one in detections))
    rows = []
    for scene, found in by_scene.items():
        missed = (share_of(found[name].missed, found[name].speech) for name in names)
        false = (share_of(found[name].false, found[name].other) for name in names)
        rows.append([scene, *chain.from_iterable(zip(missed, false, strict=True))])
    totals = ["**all scenes**"]
    for name in names:
        ours = [one for one in detections if one.detector == name]
        totals.append(share_of(sum(o.missed for o in ours), sum(o.speech for o in ours)))
        totals.append(share_of(sum(o.false for o in ours), sum(o.other for o in ours)))
    titles = chain.from_iterable((f"{name}: missed", f"{name}: false") for name in names)
    return table(["Scene", *titles], [*rows, totals])


def sounds(heard: Sequence[SoundHeard]) -> str:
    """What the engine made of each kind of sound."""
    by_kind: dict[str, list[SoundHeard]] = defaultdict(list)
    for one in heard:
        by_kind[one.kind].append(one)
    rows = []
    for kind, ours in by_kind.items():
        gaps: dict[str, float] = defaultdict(float)
        for one in ours:
            for reason, seconds in one.gaps:
                gaps[reason] += seconds
        rows.append(
            [
                kind,
                f"{sum(one.seconds for one in ours):.0f} s",
                f"{sum(one.passed for one in ours):.1f} s",
                str(sum(one.texts for one in ours)),
                counted(gaps, " s"),
                str(sum(len(one.words) for one in ours)),
            ]
        )
    return table(
        ["Sound", "heard", "taken for speech", "texts judged", "gaps", "words invented"], rows
    )
