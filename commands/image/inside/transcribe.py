"""Transcribes FLAC files with the image's own model and settings, detecting their languages.

python transcribe.py FILE…
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from scribe import settings as environment
from worker.__main__ import load_engine
from worker.audio import decode_flac
from worker.settings import EngineSettings


def main(paths: list[str]) -> None:
    """Print what is heard in each file, and what was measured on the way."""
    started = time.monotonic()
    engine = load_engine(environment.read(EngineSettings, os.environ))
    loaded = time.monotonic()
    heard = {}
    for path in paths:
        done = engine.transcribe(
            decode_flac(Path(path).read_bytes()), None, batch_scale=1, progress=lambda _share: None
        )
        words = [word for segment in done.segments for word in segment["words"]]
        heard[Path(path).name] = {
            "language": done.language,
            "text": " ".join(segment["text"] for segment in done.segments),
            "words": len(words),
            "aligned": sum(word["timing"] == "aligned" for word in words),
        }
    findings: dict[str, Any] = {
        "heard": heard,
        "model": engine.model,
        "networks": [name for _, name in socket.if_nameindex() if name != "lo"],
        "user": os.getuid(),
        "load_seconds": round(loaded - started, 1),
        "transcribe_seconds": round(time.monotonic() - loaded, 1),
    }
    print(json.dumps(findings))


if __name__ == "__main__":
    main(sys.argv[1:])
