"""Packs an exported Whisper into the archive that is committed: `python -m models.pack FOLDER`.

The same folder gives the same bytes. Prints the checksums that `unpack.py` and `models.toml` pin.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import tarfile
from pathlib import Path
from typing import Final

from models.unpack import WHISPER_ARCHIVE

_MODE: Final = 0o644


def pack(folder: Path, archive: Path) -> None:
    """Write the files of a folder as a tar.xz that holds one folder, `whisper`."""
    with (
        lzma.open(archive, "wb", preset=9 | lzma.PRESET_EXTREME) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path in sorted(folder.iterdir()):
            entry = tarfile.TarInfo(f"whisper/{path.name}")
            entry.size, entry.mode = path.stat().st_size, _MODE
            with path.open("rb") as file:
                tar.addfile(entry, file)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    pack(options.folder, WHISPER_ARCHIVE)
    for path in (WHISPER_ARCHIVE, *sorted(options.folder.iterdir())):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name}: {path.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    _main()
