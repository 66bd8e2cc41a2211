"""Looks, before a deployment, at everything that would stop it or its first transcript.

    npm run doctor -- --stage prod
    npm run doctor -- --stage prod --param="senderAddress=…" --files-per-day 20000 --token TOKEN
    npm run doctor -- --stage dev --accept "SES sandbox,SES daily quota"

It only reads. Exit status: 0 nothing stands in the way, 1 something does, 2 it was misused.
The credentials are those of the environment; AWS_ENDPOINT_URL leads to a local AWS.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

import boto3
from rich import box
from rich.console import Console
from rich.table import Table

from commands import stage_parameters
from commands.doctor.examination import examine
from commands.doctor.findings import Subject
from commands.stage_parameters import ParameterUnknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.doctor.findings import Finding, State

_FINE, _PROBLEM = 0, 1
_STYLES: Final[dict[State, str]] = {
    "ok": "green",
    "warning": "yellow",
    "problem": "bold red",
    "unknown": "cyan",
}


def main(arguments: list[str]) -> int:
    """Look at the stage that the command line names.

    Returns:
        The process's exit status.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        parameters = stage_parameters.resolve(chosen.stage, dict(chosen.param))
    except ParameterUnknown as error:
        parser.error(f"--param: {error}")
    subject = Subject(
        chosen.stage,
        parameters,
        boto3.Session(region_name=chosen.region),
        chosen.files_per_day,
        chosen.token,
    )
    findings = [_judged(finding, chosen.accept.split(",")) for finding in examine(subject)]
    if chosen.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    return _PROBLEM if any(finding.state == "problem" for finding in findings) else _FINE


def _judged(finding: Finding, accepted: Sequence[str]) -> Finding:
    """A problem that the deployer lives with is a warning."""
    known = finding.state == "problem" and finding.name in accepted
    return replace(finding, state="warning") if known else finding


def _show(findings: Sequence[Finding]) -> None:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in ("", "what", "how it is"):
        table.add_column(name, overflow="fold")
    for finding in findings:
        text = f"{finding.what}\n→ {finding.to_do}" if finding.to_do else finding.what
        table.add_row(
            f"[{_STYLES[finding.state]}]{finding.state}[/]", _plain(finding.name), _plain(text)
        )
    Console(highlight=False, soft_wrap=False).print(table)
    counts = ", ".join(
        f"{sum(finding.state == state for finding in findings)} {state}" for state in _STYLES
    )
    print(counts)


def _plain(text: str) -> str:
    """A text in which square brackets are no markup."""
    return text.replace("[", r"\[")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run doctor --", description="Look at what a deployment of a stage needs."
    )
    stage_parameters.add_to(parser)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument(
        "--files-per-day",
        type=_count,
        default=100_000,
        metavar="N",
        help="how many recordings the stage is to bear (default: 100,000)",
    )
    parser.add_argument(
        "--token", help="a session token, to see whether it is let in and has an e-mail address"
    )
    parser.add_argument(
        "--accept",
        default=os.environ.get("DOCTOR_ACCEPT", ""),
        metavar="NAMES",
        help="findings that are no problem for this stage, with commas between; or DOCTOR_ACCEPT",
    )
    parser.add_argument("--json", action="store_true", help="for a program, not a person")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
