"""The secrets scan finds what was planted, and lets through only what an exception names."""

from __future__ import annotations

import base64
import fnmatch
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from commands import secrets_scan

if TYPE_CHECKING:
    from pathlib import Path

# Put together here, so that the scan of this very file finds nothing.
PLANTED: Final = {
    "an AWS key": "key = '" + "AKIA" + "IOSFODNN7" + "QWERTYZ'",
    "a word and its value": "pass" + 'word = "correct-horse-battery"',
    "an address with credentials": "https://deployer:" + "hunter22@example.com/",
    "the sign-in provider's secret key": "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "a session token": ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"RS256","typ":"JWT"}', b'{"sub":"user_1","exp":1}', b"0" * 32)
    ),
    "a private key": ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode(),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize("name", ["settings.py", "notes.md", "serverless.yml"])
def test_a_planted_secret_is_found_and_not_repeated(
    tmp_path: Path, planted: str, name: str
) -> None:
    (tmp_path / name).write_text(f"first: line\n{planted}\n")
    found = list(secrets_scan.findings(tmp_path, [name]))
    assert {finding.line_number for finding in found} == {2}
    assert planted not in str(found[0])


def test_a_remark_beside_a_secret_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(PLANTED["an AWS key"] + "  # pragma: allowlist secret\n")
    assert list(secrets_scan.findings(tmp_path, ["a.py"]))


def test_an_exception_covers_its_own_lines_of_its_own_files_only() -> None:
    exception = secrets_scan.Allowed("tests/*.json", '"etag"', "an ETag")

    def covered(path: str, line: str) -> bool:
        return exception.covers(secrets_scan.Finding(path, 1, line, "Hex"))

    assert covered("tests/a/b.json", '"etag": "0"')
    assert not covered("tests/a/b.json", '"key": "0"')
    assert not covered("functions/b.json", '"etag": "0"')


def test_each_exception_has_its_reason_and_none_is_for_every_line() -> None:
    for exception in secrets_scan.allowed():
        assert exception.why.endswith(".")
        assert not secrets_scan.Allowed(exception.files, exception.line, "").covers(
            secrets_scan.Finding(exception.files, 1, PLANTED["an AWS key"], "AWS")
        )
        assert not fnmatch.fnmatchcase("any/path.any", exception.files)
