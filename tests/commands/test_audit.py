"""What the auditors say is read as it is meant: nothing looked up is not nothing found."""

from __future__ import annotations

import json

from commands import audit

FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}


def pip_says(*packages: dict[str, object]) -> audit.Report:
    return audit.of_pip("requirements.txt", json.dumps({"dependencies": packages, "fixes": []}))


def test_a_vulnerable_package_is_told_with_the_version_that_mends_it() -> None:
    report = pip_says({"name": "a", "version": "1.0", "vulns": [FLAW]})
    assert report.vulnerable == ["a 1.0: PYSEC-2026-1, mended in 1.1"]


def test_a_package_that_could_not_be_looked_up_is_not_taken_for_a_safe_one() -> None:
    report = pip_says({"name": "a", "skip_reason": "not found"}, {"name": "b", "vulns": []})
    assert (report.looked_up, report.unknown) == (1, ["a"])


def test_an_auditor_that_fails_has_found_nothing_out() -> None:
    refused = json.dumps({"statusCode": 405, "error": {"summary": ""}})
    for report in (
        audit.of_pip("requirements.txt", "Traceback"),
        audit.of_npm("package-lock.json", refused),
        audit.of_npm("package-lock.json", ""),
    ):
        assert report.unknown


def test_npms_vulnerabilities_are_told() -> None:
    document = {
        "vulnerabilities": {"a": {"range": "<2", "severity": "high", "fixAvailable": True}},
        "metadata": {"dependencies": {"total": 5}},
    }
    report = audit.of_npm("package-lock.json", json.dumps(document))
    assert (report.looked_up, report.unknown) == (5, [])
    assert report.vulnerable == ["a <2: high, an update mends it"]


def test_every_pinned_package_is_in_a_file_that_is_audited() -> None:
    audited = {path for pattern in audit.LOCKED for path in audit.ROOT.glob(pattern)}
    folders = ("layers/*", "requirements", "worker-image", "worker-image/*")
    for path in (each for folder in folders for each in audit.ROOT.glob(f"{folder}/*.txt")):
        # What is asked for by name stands again in the lock file.
        assert path in audited or path.name == "direct.txt", path
