"""Writes docs/capacity.md and its pictures: `npm run bench -- capacity`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from bench.capacity import page

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"


def main() -> int:
    """Run every day under both rules and write what came of it.

    Returns:
        The process's exit status.
    """
    for name, content in page.files().items():
        (DOCS / name).write_text(content, "utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
