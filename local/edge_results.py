"""How requests were answered: one line each in a log, from which hit ratios are read."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Results:
    """The log of one distribution; it holds no query, and so no signature.

    Args:
        folder: where the logs lie.
        distribution_id: names the file.
    """

    def __init__(self, folder: Path, distribution_id: str) -> None:
        self._path = _path(folder, distribution_id)
        self._lock = threading.Lock()

    def add(self, behaviour: str, result: str, status: int, path: str) -> None:
        """Add a line.

        Args:
            behaviour: the pattern of the one that answered.
            result: `Hit`, `RefreshHit`, `Miss` or `Error`.
            status: what the viewer got.
            path: what was asked for.
        """
        line = {"behaviour": behaviour, "result": result, "status": status, "path": path}
        with self._lock, self._path.open("a") as log:
            log.write(json.dumps(line) + "\n")


def read(folder: Path, distribution_id: str) -> dict[str, Counter[str]]:
    """Return how often each result came, by the pattern of the behaviour."""
    path = _path(folder, distribution_id)
    found: dict[str, Counter[str]] = {}
    for text in path.read_text().splitlines() if path.exists() else ():
        line = json.loads(text)
        found.setdefault(line["behaviour"], Counter())[line["result"]] += 1
    return found


def hit_ratio(results: Counter[str]) -> float:
    """Return the share of the requests that no origin had to answer, 0 to 1; errors aside."""
    hits = results["Hit"] + results["RefreshHit"]
    asked = hits + results["Miss"]
    return hits / asked if asked else 0.0


def _path(folder: Path, distribution_id: str) -> Path:
    return folder / f"distribution-{distribution_id}.log"
