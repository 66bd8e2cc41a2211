"""Tells which software is in the image: Python's packages and Debian's, with their licences."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from importlib.metadata import Distribution, distributions
from typing import Any, Final

DPKG: Final = (
    "dpkg-query",
    "--show",
    "--showformat=${Package}\t${Version}\t${Architecture}\t${source:Package}\n",
)


def main() -> None:
    """Print the inventory."""
    inventory: dict[str, Any] = {
        "python": platform.python_version(),
        "system": platform.freedesktop_os_release(),
        "packages": sorted(map(_package, distributions()), key=lambda each: each["name"].lower()),
        "debian": _debian(),
    }
    print(json.dumps(inventory))


def _package(found: Distribution) -> dict[str, Any]:
    about = found.metadata.json
    named = str(about.get("license_expression") or about.get("license") or "")
    # Some packages put the licence's whole text there.
    return {
        "name": found.name,
        "version": found.version,
        "licence": "" if "\n" in named or len(named) > 80 else named,
        # Installed from a folder: the index may have another package of that name.
        "own": found.read_text("direct_url.json") is not None,
    }


def _debian() -> list[dict[str, str]]:
    program = shutil.which("dpkg-query")
    if program is None:
        return []
    listed = subprocess.run((program, *DPKG[1:]), capture_output=True, text=True, check=True).stdout
    names = ("name", "version", "architecture", "source")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in listed.splitlines()]


if __name__ == "__main__":
    main()
