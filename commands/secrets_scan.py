"""Looks for secrets in all files that git has or is about to have; asks no network.

python -m commands.secrets_scan

What looks like a secret and is none stands in secrets_allowed.toml, with its reason.
"""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).resolve().parent.parent
ALLOWED: Final = Path(__file__).with_name("secrets_allowed.toml")

_DETECTORS: Final = (
    {"name": "AWSKeyDetector"},
    {"name": "Base64HighEntropyString", "limit": 4.5},
    {"name": "BasicAuthDetector"},
    {"name": "GitHubTokenDetector"},
    {"name": "HexHighEntropyString", "limit": 3.0},
    {"name": "JwtTokenDetector"},
    {"name": "KeywordDetector"},
    {"name": "NpmDetector"},
    {"name": "PrivateKeyDetector"},
    {"name": "PypiTokenDetector"},
    {"name": "SlackDetector"},
    {"name": "StripeDetector"},  # the sign-in provider's secret keys have the same form
)

# Not `allowlist.is_line_allowlisted`: exceptions have one home, with a reason for each.
# And no verification, which asks the services whether a secret is good.
_FILTERS: Final = tuple(
    {"path": f"detect_secrets.filters.heuristic.{name}"}
    for name in (
        "is_indirect_reference",
        "is_likely_id_string",
        "is_lock_file",
        "is_not_alphanumeric_string",
        "is_potential_uuid",
        "is_prefixed_with_dollar_sign",
        "is_sequential_string",
        "is_templated_secret",
    )
)

_NO_TEXT: Final = frozenset(
    {".flac", ".m4a", ".mp3", ".ogg", ".opus", ".png", ".safetensors", ".woff2", ".xz"}
)


@dataclass(frozen=True)
class Finding:
    """Something that looks like a secret, which is not repeated here."""

    path: str
    line_number: int
    line: str
    kind: str

    def __str__(self) -> str:
        """Where it is, and what it looks like."""
        return f"{self.path}:{self.line_number}: {self.kind}"


@dataclass(frozen=True)
class Allowed:
    """What is no secret.

    Attributes:
        files: their paths, with `*` for anything.
        line: a regular expression that the line holds.
        why: it is no secret.
    """

    files: str
    line: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether this is what was found."""
        in_file = fnmatch.fnmatchcase(finding.path, self.files)
        return in_file and re.search(self.line, finding.line) is not None


def allowed() -> list[Allowed]:
    """The exceptions."""
    return [Allowed(**entry) for entry in tomllib.loads(ALLOWED.read_text("utf-8"))["allowed"]]


def findings(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """Everything that looks like a secret.

    Args:
        root: the folder that the paths begin at.
        paths: of files; those that are not text are left out.
    """
    with transient_settings({"plugins_used": [*_DETECTORS], "filters_used": [*_FILTERS]}):
        for path in paths:
            file = root / path
            if file.suffix in _NO_TEXT or not file.is_file():
                continue
            found = list(scan_file(str(file)))
            lines = file.read_text("utf-8", "replace").splitlines() if found else []
            for secret in found:
                yield Finding(path, secret.line_number, lines[secret.line_number - 1], secret.type)


def main() -> int:
    """Scan the repository.

    Returns:
        The process's exit status: 0 if nothing was found, and every exception is in use.
    """
    exceptions = allowed()
    found = list(findings(ROOT, _paths()))
    secrets = [each for each in found if not any(e.covers(each) for e in exceptions)]
    unused = [e for e in exceptions if not any(map(e.covers, found))]
    for secret in secrets:
        print(f"looks like a secret: {secret}", file=sys.stderr)
    for exception in unused:
        print(f"{ALLOWED.name} allows what is not there: {exception.files}", file=sys.stderr)
    if secrets:
        print(f"one that is no secret is entered in {ALLOWED}, with its reason", file=sys.stderr)
    return 1 if secrets or unused else 0


def _paths() -> list[str]:
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for path in listed.stdout.split("\0") if path]


if __name__ == "__main__":
    sys.exit(main())
