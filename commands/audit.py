"""Asks for known vulnerabilities of everything that is shipped or built with.

npm run audit

It needs the advisories, which are on the network: so it is no part of `npm test`. What could not
be looked up is told, and is no success.

Exit codes: 0 nothing known, 1 something is, 2 not everything could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent

LOCKED: Final = (
    "layers/*/requirements.txt",  # in the functions
    "worker-image/requirements/*.txt",  # in the image
    "requirements/locked.txt",  # on a developer's machine, WhisperX too
    "requirements/torch.txt",
)
"""The files that name packages with their versions."""

_CLEAN, _VULNERABLE, _NOT_LOOKED_UP = 0, 1, 2


@dataclass
class Report:
    """What is known of some packages.

    Attributes:
        source: the file that names them.
        vulnerable: one line for each known vulnerability.
        unknown: the packages of which nothing could be learnt, or what the auditor said.
        looked_up: how many packages something is known of.
    """

    source: str
    vulnerable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    looked_up: int = 0

    def __str__(self) -> str:
        """A line for each vulnerability, under one with the figures."""
        figures = f"{self.source}: {self.looked_up} looked up, {len(self.unknown)} not"
        return "\n".join([figures, *(f"  {line}" for line in self.vulnerable)])


def of_pip(source: str, text: str) -> Report:
    """What pip-audit says of a file of requirements, as JSON.

    It calls a file clean in which it could look nothing up.
    """
    report = Report(source)
    document = _document(text)
    if not isinstance(document, dict):
        report.unknown.append("all: the auditor gave no report")
        return report
    for package in document["dependencies"]:
        name = f"{package['name']} {package.get('version', '')}".strip()
        if "skip_reason" in package:
            report.unknown.append(name)
            continue
        report.looked_up += 1
        for found in package["vulns"]:
            fixed = ", ".join(found["fix_versions"]) or "nowhere yet"
            report.vulnerable.append(f"{name}: {found['id']}, mended in {fixed}")
    return report


def of_npm(source: str, text: str) -> Report:
    """What npm says of a lock file, as JSON."""
    report = Report(source)
    document = _document(text)
    if not isinstance(document, dict) or "vulnerabilities" not in document:
        report.unknown.append("all: the auditor gave no report")
        return report
    report.looked_up = document["metadata"]["dependencies"]["total"]
    for name, found in document["vulnerabilities"].items():
        mended = "an update mends it" if found["fixAvailable"] else "nothing mends it yet"
        report.vulnerable.append(f"{name} {found['range']}: {found['severity']}, {mended}")
    return report


def main() -> int:
    """Audit all.

    Returns:
        The process's exit status.
    """
    auditor = str(Path(sys.executable).with_name("pip-audit"))
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    paths = [path for pattern in LOCKED for path in sorted(ROOT.glob(pattern))]
    names = [path.relative_to(ROOT).as_posix() for path in paths]
    reports = [of_pip(name, _said(auditor, *options, "-r", name)) for name in names]
    reports.append(of_npm("package-lock.json", _said("npm", "audit", "--json")))
    for report in reports:
        print(report)
    if any(report.vulnerable for report in reports):
        return _VULNERABLE
    if any(report.unknown for report in reports):
        print("not everything could be looked up: run it where the advisories are in reach")
        return _NOT_LOOKED_UP
    return _CLEAN


def _said(*command: str) -> str:
    # Both end with 1 for a finding as for a failure: what they say tells them apart.
    ended = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    return ended.stdout


def _document(text: str) -> Any:  # noqa: ANN401  # somebody else's shape
    try:
        return json.loads(text)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
