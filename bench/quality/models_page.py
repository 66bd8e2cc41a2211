"""Writes docs/models.md: what each model scores, costs, weighs, and which one to take for what.

python -m bench.quality.models_page
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worker.models import load

from bench.quality.rendering.tables import NOTHING, table
from commands.model_choice import CUSTOM, FIXTURE, Choice, estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from worker.models import Catalogue, Package

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "models.md"
_CATALOGUE: Final = ROOT / "worker-image" / "models.toml"
_PUBLISHED: Final = Path(__file__).with_name("published.toml")

TARGET_PERCENT: Final = 5.0
"""The platform promises 95 % of the words: so many may be wrong."""

_LANGUAGES: Final = {"en": "English", "es": "Spanish"}
_HOUR_SECONDS: Final = 3600.0
_MEASURED_CORES: Final = 2

Published = dict[str, Any]


def render() -> str:
    """The whole page, as Markdown."""
    published = tomllib.loads(_PUBLISHED.read_text("utf-8"))
    catalogue = load(_CATALOGUE)
    sections = (
        _introduction(),
        _choice(published, catalogue),
        _scores(published),
        _cost(published),
        _downloads(catalogue),
        _pinning(),
    )
    return "\n\n".join(sections) + "\n"


def cost_per_audio_hour(usd_per_hour: float, times_real_time: float, busy_share: float) -> float:
    """What an hour of audio costs, in USD.

    Args:
        usd_per_hour: of one machine.
        times_real_time: hours of audio that the machine transcribes in one hour of work.
        busy_share: the part of its time that it works.
    """
    return usd_per_hour / (times_real_time * busy_share)


def _introduction() -> str:
    return (
        "# Models\n\n"
        "Written by `npm run quality` from [`published.toml`](../bench/quality/published.toml) and "
        "[`models.toml`](../worker-image/models.toml): change those. The accuracy figures are "
        "other people's; what this platform does with its samples is in [quality](quality.md)."
    )


def _choice(published: Published, catalogue: Catalogue) -> str:
    entries = [
        f"- **`{name}`**: {model.package.purpose}.{_target_met(published, name)}"
        for name, model in catalogue.models.items()
        if name != CUSTOM
    ]
    return "## Which one to take\n\n" + "\n".join(entries)


def _target_met(published: Published, name: str) -> str:
    """On which sets a model keeps the promise, so that "95 %" always names its sets."""
    if name in published["estimates"]:
        return " No published table of it was found: expect more errors than from the large ones."
    scores = published["scores"].get(name)
    if not scores:
        return ""
    sets = published["sets"]
    met = [sets[key]["name"] for key, score in scores.items() if score <= TARGET_PERCENT]
    missed = [sets[key]["name"] for key, score in scores.items() if score > TARGET_PERCENT]
    return (
        f" At most {TARGET_PERCENT:.0f} % of wrong words on {_listed(met)}; "
        f"more on {_listed(missed)}."
    )


def _scores(published: Published) -> str:
    tables = "\n\n".join(_score_table(published, language) for language in _LANGUAGES)
    return (
        "## What each scores\n\n"
        "Word error rate in percent, after Whisper's text normaliser; **bold** where it is at most "
        f"{TARGET_PERCENT:.0f}. Measured on clips of some seconds with the models' original "
        "weights, not with this platform's way of cutting and batching.\n\n"
        f"{tables}\n\n"
        f"{_sources(published, ('english', 'multilingual'))} `small` itself is on neither list: "
        "`small.en` is its English-only sibling and not in `models.toml`; figures with ≈ are in "
        "circulation, their table could not be found, and they count as estimates.\n\n"
        "So “95 % accurate” holds for read and prepared speech, and for no model in meetings. "
        "The large models differ less from each other than one set does from the next."
    )


def _score_table(published: Published, language: str) -> str:
    sets = {key: entry for key, entry in published["sets"].items() if entry["language"] == language}
    names = [
        name
        for name in (*published["scores"], *published["estimates"])
        if sets.keys() & _all_scores(published, name).keys()
    ]
    head = [_LANGUAGES[language], *(f"`{name}`" for name in names)]
    rows = (
        [f"{entry['name']} ({entry['kind']})", *(_score(published, name, key) for name in names)]
        for key, entry in sets.items()
    )
    return table(head, rows)


def _score(published: Published, name: str, key: str) -> str:
    score = published["scores"].get(name, {}).get(key)
    if score is None:
        reported = published["estimates"].get(name, {}).get(key)
        return NOTHING if reported is None else f"≈ {reported:.1f}"
    return f"**{score:.2f}**" if score <= TARGET_PERCENT else f"{score:.2f}"


def _all_scores(published: Published, name: str) -> Mapping[str, float]:
    reported: dict[str, float] = published["estimates"].get(name, {})
    measured: dict[str, float] = published["scores"].get(name, {})
    return reported | measured


def _cost(published: Published) -> str:
    budget = published["budget"]
    affordable = budget["usd_per_month"] / budget["audio_hours_per_month"]
    busy_percent = 100 * published["fleet"]["busy_share"]
    head = ("On", "Model", "USD per hour", "× real time", "USD per audio-hour", "Within budget")
    return (
        "## What an hour of audio costs\n\n"
        f"{table(head, _cost_rows(published, affordable))}\n\n"
        "The speeds are estimates, cautious to hopeful with the likely one before: nothing was "
        f"measured on these machines. Cost is price ÷ speed, with machines busy {busy_percent:.0f} "
        f"% of their time. The budget is {budget['usd_per_month']:,} USD a month for "
        f"{budget['audio_hours_per_month']:,} hours of audio: {affordable:.3f} USD each. "
        f"{_sources(published, ('ec2', 'spot', 'fargate'))}\n\n"
        f"On a laptop's two cores, measured with the real architectures (int8, one hypothesis, "
        f"decoding alone): {', '.join(_laptop_speeds())} times real time."
    )


def _cost_rows(published: Published, affordable: float) -> Iterator[list[str]]:
    for speed in published["speeds"]:
        machine = published["machines"][speed["machine"]]
        cautious, likely, hopeful = speed["times_real_time"]
        highest, middle, lowest = (
            cost_per_audio_hour(machine["usd_per_hour"], times, published["fleet"]["busy_share"])
            for times in (cautious, likely, hopeful)
        )
        within = "yes" if highest <= affordable else "if fast" if lowest <= affordable else "no"
        yield [
            machine["name"],
            f"`{speed['model']}`",
            f"{machine['usd_per_hour']:.3f}",
            f"{likely:g} ({cautious:g}–{hopeful:g})",
            f"{middle:.4f} ({lowest:.4f}–{highest:.4f})",
            within,
        ]


def _laptop_speeds() -> Iterator[str]:
    for name in ("small", "large-v3-turbo"):
        seconds = estimate(Choice(name, None, ""), [_HOUR_SECONDS], _MEASURED_CORES)
        if seconds is not None:
            yield f"`{name}` {_HOUR_SECONDS / seconds:.1f}"


def _downloads(catalogue: Catalogue) -> str:
    own = [model.package for name, model in catalogue.models.items() if name != CUSTOM]
    packages = [*own, *catalogue.packages.values()]
    head = ("Files", "MB", "Licence", "Pinned")
    rows = (
        (
            f"`{one.name}`: {_home(one)}",
            f"{'' if one.verified else '≈ '}{one.download_bytes / 1e6:,.1f}",
            one.licence,
            "yes" if one.verified else "not yet",
        )
        for one in packages
    )
    totals = (
        f"`{name}` {sum(one.download_bytes for one in _fetched(name, catalogue)) / 1e9:.1f} GB"
        for name in catalogue.models
        if name not in {FIXTURE, CUSTOM}
    )
    return (
        "## What is downloaded\n\n"
        f"{table(head, rows)}\n\n"
        f"With aligners for both languages and the sentence splitter: {', '.join(totals)}. "
        "WhisperX's own aligner for Spanish is CC BY-NC 4.0 and not here; "
        "such weights are refused unless `--accept-non-commercial` is given."
    )


def _fetched(name: str, catalogue: Catalogue) -> list[Package]:
    model = catalogue.models[name]
    beside = [catalogue.packages[aligner] for aligner in model.aligners.values()]
    return [model.package, *beside, catalogue.packages["punkt_tab"]]


def _home(package: Package) -> str:
    if package.bundled_in:
        return f"{package.purpose}; comes with the Python package `{package.bundled_in}`"
    if package.is_archive:
        return f"{package.purpose}; [NLTK]({package.repository})"
    if package.repository is None:
        return f"{package.purpose}; in this repository"
    return f"[{package.repository}](https://huggingface.co/{package.repository})"


def _pinning() -> str:
    return (
        "## Fetch, check, pin\n\n"
        "```sh\n"
        "npm run models -- list                           # what there is, and what of it is here\n"
        "npm run models -- fetch large-v3-turbo           # with aligners and splitter; resumes\n"
        "npm run models -- verify large-v3-turbo --pin    # lines to paste into models.toml\n"
        "npm run models -- image large-v3-turbo           # done by npm run image, too\n"
        "```\n\n"
        "“Not yet” pinned: nobody has fetched these files and pasted the lines that `verify --pin` "
        "prints (commit, sizes, SHA-256). Until then a download is checked against what the hub "
        "states for each file, the sizes here are approximate, and `image` refuses the model "
        "unless `--unverified` is given. `punkt_tab` is pinned to the checksum in NLTK's own index."
    )


def _sources(published: Published, keys: Iterable[str]) -> str:
    links = (
        f"[{published['sources'][key]['title']}]({published['sources'][key]['address']})"
        for key in keys
    )
    return f"Sources: {'; '.join(links)}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + "".join(names[-1:])


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
