"""Unpacks the fixture models once, checked, where WhisperX can load them."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FOLDER: Final = Path(__file__).resolve().parent / "fixture"
_DESTINATION: Final = _FOLDER.parents[1] / ".build" / "models" / "fixture"
_SHA256: Final = {
    "whisper.tar.xz": "161b55ea95c517597096aa52fb37e73a3583593211968daf186caccdb175e978",
    "aligner/model.safetensors": "11081df55af98317c94e7e1386fe46681a3dbc6f4a8773069653e5a2f105a390",
}
WHISPER_ARCHIVE: Final = _FOLDER / "whisper.tar.xz"
_STAMP: Final = "sha256"
_PUNKT_LANGUAGES: Final = ("english", "spanish")
_PUNKT_FILES: Final = (
    "collocations.tab",
    "sent_starters.txt",
    "abbrev_types.txt",
    "ortho_context.tab",
)


class FixtureDamaged(Exception):
    """A committed model file is not the one that was pinned; restore it from version control."""


@dataclass(frozen=True)
class FixtureModel:
    """Where the unpacked parts lie."""

    whisper: Path
    """A CTranslate2 folder for `whisperx.load_model`."""
    aligner: Path
    """A Wav2Vec2 folder for `whisperx.load_align_model`, for English and Spanish."""
    nltk_data: Path
    """The value of `NLTK_DATA`: punkt data without any learned abbreviation."""


def unpack_fixture(destination: Path | None = None) -> FixtureModel:
    """Unpack the models unless they are there already; safe when several processes call it.

    Args:
        destination: the folder to make; `.build/models/fixture` of the repository if absent.

    Raises:
        FixtureDamaged: a committed file does not have its pinned checksum.
    """
    target = destination or _DESTINATION
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp = "".join(f"{digest}  {name}\n" for name, digest in _SHA256.items())
    with _only_one(target.with_name(f"{target.name}.lock")):
        if not _is_current(target, stamp):
            _verify()
            _replace(target, stamp)
    return FixtureModel(target / "whisper", target / "aligner", target / "nltk_data")


def let_nltk_trust(paths: Iterable[Path]) -> None:
    """Set permissions with which NLTK reads its data, whatever the user's umask.

    NLTK ignores data that others could write to, and says only that it found none.
    """
    for path in paths:
        path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the kernel even if the process is killed
        yield


def _is_current(target: Path, stamp: str) -> bool:
    try:
        return (target / _STAMP).read_text() == stamp
    except FileNotFoundError:
        return False


def _verify() -> None:
    for name, expected in _SHA256.items():
        found = hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()
        if found != expected:
            raise FixtureDamaged(f"{_FOLDER / name} has sha256 {found}, expected {expected}")


def _replace(target: Path, stamp: str) -> None:
    """Build the folder beside its place and move it there whole."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as scratch:
        made = Path(scratch) / "fixture"
        _extract(_FOLDER / "whisper.tar.xz", made / "whisper")
        shutil.copytree(_FOLDER / "aligner", made / "aligner")
        for language in _PUNKT_LANGUAGES:
            punkt = made / "nltk_data" / "tokenizers" / "punkt_tab" / language
            punkt.mkdir(parents=True)
            for name in _PUNKT_FILES:
                (punkt / name).touch()
        nltk_data = made / "nltk_data"
        let_nltk_trust((nltk_data, *nltk_data.rglob("*")))
        (made / _STAMP).write_text(stamp)
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)


def _extract(archive: Path, folder: Path) -> None:
    """Unpack an archive that holds one folder, under another name."""
    with tempfile.TemporaryDirectory() as scratch, tarfile.open(archive) as tar:
        tar.extractall(scratch, filter="data")
        (only,) = Path(scratch).iterdir()
        shutil.copytree(only, folder)


def _main() -> None:
    model = unpack_fixture()
    print(f"whisper    {model.whisper}\naligner    {model.aligner}\nnltk_data  {model.nltk_data}")


if __name__ == "__main__":
    _main()
