"""Reads a layer's recipe for the platform that the layer is built for.

pip cannot: it takes the packages of another Python, but judges by the one that it runs in whether
a requirement's marker (`python_version >= "3.13"`) holds.
"""

from __future__ import annotations

import re
from typing import Final

from packaging.requirements import Requirement

MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
"""What Lambda's architectures are called by Linux."""


def requirements_for(recipe: str, platform: str) -> dict[str, str]:
    """Leave out what another platform needs.

    Args:
        recipe: a file of requirements, with hashes on continued lines.
        platform: `{arm64|x86_64}-python{version}`.

    Returns:
        The requirements by package, without markers and with their hashes.
    """
    environment = _environment(platform)
    found = {}
    for line in re.sub(r"\s*\\\n\s*", " ", recipe).splitlines():
        text, *hashes = line.partition("#")[0].split(" --hash=")
        if not text.strip():
            continue
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned = f"{requirement.name}{requirement.specifier}"
            found[requirement.name] = " ".join([pinned, *(f"--hash={each}" for each in hashes)])
    return found


def _environment(platform: str) -> dict[str, str]:
    architecture, _, version = platform.partition("-python")
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": MACHINES[architecture],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{version}.0",
        "python_version": version,
        "sys_platform": "linux",
    }
