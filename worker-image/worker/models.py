"""Reads models.toml: how each model wants to be run, and which files it is made of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from worker.gates import Gates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from scribe.shapes import Language

VadName = Literal["pyannote", "silero"]


class CatalogueInvalid(Exception):
    """models.toml cannot be read; the text names the entry and the field."""


class ModelUnknown(Exception):
    """models.toml has no entry of that name; the text lists those it has."""


@dataclass(frozen=True)
class PackageFile:
    """One file to download.

    Attributes:
        path: inside the package's folder.
        size_bytes: exact; None until the package is verified.
        sha256: of the content; None until the package is verified.
        approximate_bytes: for an announcement of the download's size only.
    """

    path: str
    size_bytes: int | None
    sha256: str | None
    approximate_bytes: int | None


@dataclass(frozen=True)
class Package:
    """A folder of files with one origin and one licence.

    Attributes:
        repository: its name on the model hub, or a URL of one archive; None for what is made
            or given locally.
        verified: whether every file has its size and sha256 here.
        purpose: what it is for, in a few words.
        bundled_in: the Python package that the files come with; None where they are fetched.
    """

    name: str
    repository: str | None
    revision: str | None
    licence: str
    verified: bool
    files: tuple[PackageFile, ...]
    purpose: str = ""
    bundled_in: str | None = None

    @property
    def is_archive(self) -> bool:
        """Whether it is one archive at a URL of its own, not a repository of the hub."""
        return self.repository is not None and self.repository.startswith(("http://", "https://"))

    @property
    def download_bytes(self) -> int:
        """About how much there is to download."""
        return sum(file.size_bytes or file.approximate_bytes or 0 for file in self.files)


@dataclass(frozen=True)
class MissedSpeech:
    """When the detector is asked once more; none of it is calibrated on real recordings.

    Attributes:
        above_noise_db: how far sound stands out from the noise floor of the recording.
        least_seconds: that it lasts.
        onset: of the detector, lower than at first.
        most_windows: that are decoded, and as many stretches are looked at, the longest first:
            this bounds the cost.
    """

    above_noise_db: float = 12.0
    least_seconds: float = 1.0
    onset: float = 0.25
    most_windows: int = 8


@dataclass(frozen=True)
class ModelProfile:
    """How one Whisper model wants to be run.

    Attributes:
        chunk_size_seconds: the longest window of speech that the model hears at once.
        beam_size: hypotheses kept while decoding.
        compute_type: by device.
        batch_size: windows decoded at once, by device.
        aligners: the name of the package that aligns each language.
        package: the model's own files.
        gates: what a text of this model must pass.
        missed_speech: when its detector is asked once more.
    """

    name: str
    languages: tuple[Language, ...]
    chunk_size_seconds: int
    vad: VadName
    beam_size: int
    compute_type: Mapping[str, str]
    batch_size: Mapping[str, int]
    aligners: Mapping[str, str]
    package: Package
    gates: Gates = field(default_factory=Gates)
    missed_speech: MissedSpeech = field(default_factory=MissedSpeech)


@dataclass(frozen=True)
class Catalogue:
    """Everything in models.toml, by name."""

    models: Mapping[str, ModelProfile]
    packages: Mapping[str, Package]
    """What a model needs beside its own files: aligners and sentence splitters."""

    def model(self, name: str) -> ModelProfile:
        """The model of that name.

        Raises:
            ModelUnknown: there is none.
        """
        try:
            return self.models[name]
        except KeyError:
            raise ModelUnknown(f"{name!r}; models.toml has {', '.join(self.models)}") from None


def load(path: Path) -> Catalogue:
    """Read a catalogue.

    Raises:
        CatalogueInvalid: it is missing, no TOML, or an entry lacks a field.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CatalogueInvalid(f"{path}: {error}") from error
    return parse(document)


def parse(document: Mapping[str, Any]) -> Catalogue:
    """Make a catalogue of a TOML document.

    Raises:
        CatalogueInvalid: an entry lacks a field.
    """
    packages = {name: _package(name, entry) for name, entry in document.get("packages", {}).items()}
    models = {name: _model(name, entry) for name, entry in document.get("models", {}).items()}
    for model in models.values():
        if unknown := set(model.aligners.values()) - set(packages):
            raise CatalogueInvalid(f"{model.name}: no package {', '.join(sorted(unknown))}")
    return Catalogue(models, packages)


def _model(name: str, entry: Mapping[str, Any]) -> ModelProfile:
    try:
        return ModelProfile(
            name=name,
            languages=tuple(entry["languages"]),
            chunk_size_seconds=entry["chunk_size_seconds"],
            vad=cast("VadName", entry["vad"]),
            beam_size=entry["beam_size"],
            compute_type=entry["compute_type"],
            batch_size=entry["batch_size"],
            aligners=entry["aligners"],
            package=_package(name, entry),
            gates=Gates(**entry.get("gates", {})),
            missed_speech=MissedSpeech(**entry.get("missed_speech", {})),
        )
    except KeyError as error:
        raise CatalogueInvalid(f"{name}: no field {error}") from error
    except TypeError as error:  # it names the field that the settings do not have
        raise CatalogueInvalid(f"{name}: {error}") from error


def _package(name: str, entry: Mapping[str, Any]) -> Package:
    try:
        package = Package(
            name=name,
            repository=entry.get("repository"),
            revision=entry.get("revision"),
            licence=entry["licence"],
            verified=entry["verified"],
            files=tuple(
                PackageFile(
                    path=file["path"],
                    size_bytes=file.get("size_bytes"),
                    sha256=file.get("sha256"),
                    approximate_bytes=file.get("approximate_bytes"),
                )
                for file in entry.get("files", ())
            ),
            purpose=entry.get("purpose", ""),
            bundled_in=entry.get("bundled_in"),
        )
    except KeyError as error:
        raise CatalogueInvalid(f"{name}: no field {error}") from error
    if package.verified and any(f.sha256 is None or f.size_bytes is None for f in package.files):
        raise CatalogueInvalid(f"{name}: verified, yet a file has no size_bytes or sha256")
    return package
