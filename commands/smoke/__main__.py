"""Sends a sample through a deployed stage and looks at everything that a user would get.

    npm run smoke -- --stage prod --token-command ./token.sh
    npm run smoke -- --url https://d123.cloudfront.net --token TOKEN

A session token lives for a minute, and a stage without warm workers takes longer: the command
given by --token-command, or by SMOKE_TOKEN_COMMAND, prints a new one each time. --token, or
SMOKE_TOKEN, is one token for all requests. The job is deleted at the end.

Exit status: 0 the stage works, 1 it does not, 2 the command was misused.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commands.api_client import ApiClient, ApiError
from commands.edge_keys import SERVICE
from commands.smoke.trial import Trial, TrialFailed
from samples import all_samples, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.smoke.trial import Report

_WORKS, _BROKEN = 0, 1
_TOKEN_COMMAND_SECONDS: Final = 30


def main(arguments: list[str]) -> int:
    """Try the stage that the command line names.

    Returns:
        The process's exit status.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    token = _token(chosen.token, chosen.token_command)
    if token is None:
        parser.error("give a --token-command (or SMOKE_TOKEN_COMMAND), or a --token")
    if not chosen.stage and not chosen.url:
        parser.error("name a --stage, or the --url of one")
    try:
        url = chosen.url or _url(chosen.stage, chosen.region)
        trial = Trial(
            ApiClient(url.rstrip("/"), token),
            sample(chosen.sample),
            chosen.max_word_errors,
            chosen.timeout,
        )
        report, failure = _outcome(trial)
    except (BotoCoreError, ClientError) as error:
        print(f"The stage's address is not known: {error}", file=sys.stderr)
        return _BROKEN
    if chosen.json:
        print(json.dumps({**asdict(report), "url": url, "failure": failure}, indent=2))
    else:
        _show(url, report, failure)
    return _WORKS if failure is None else _BROKEN


def _outcome(trial: Trial) -> tuple[Report, str | None]:
    try:
        return trial.run(), None
    except (TrialFailed, ApiError) as error:
        return trial.report, str(error)


def _show(url: str, report: Report, failure: str | None) -> None:
    print(url)
    for step, seconds in report.seconds.items():
        print(f"  {step:<12}{seconds:8.1f} s")
    if report.word_error_rate is not None:
        print(f"  {report.word_error_rate:.1%} of the words are wrong")
    if report.from_cache is not None:
        print(
            f"  the second reader's copy came {'from' if report.from_cache else 'past'} the cache"
        )
    print("works" if failure is None else f"FAILED: {failure}")


def _token(token: str | None, command: str | None) -> Callable[[], str] | None:
    if command:
        return lambda: _printed_by(command)
    return None if not token else lambda: token


def _printed_by(command: str) -> str:
    """What a command prints.

    Raises:
        TrialFailed: it fails, or prints nothing.
    """
    try:
        printed = subprocess.run(
            shlex.split(command),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=_TOKEN_COMMAND_SECONDS,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise TrialFailed(f"the token command does not work: {error}") from error
    if not printed:
        raise TrialFailed("the token command printed nothing")
    return printed


def _url(stage: str, region: str) -> str:
    client = boto3.client("cloudformation", region_name=region)
    (stack,) = client.describe_stacks(StackName=f"{SERVICE}-{stage}")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}["EdgeUrl"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="npm run smoke --", description="Send a sample through a deployed stage."
    )
    parser.add_argument("--stage")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--url", help="of the edge, in the place of the stack's output EdgeUrl")
    parser.add_argument("--token", default=os.environ.get("SMOKE_TOKEN"))
    parser.add_argument(
        "--token-command",
        default=os.environ.get("SMOKE_TOKEN_COMMAND"),
        help="prints a fresh session token each time it is run",
    )
    parser.add_argument(
        "--sample",
        choices=[known.name for known in all_samples()],
        default="english",
        help="which recording (default: english, 37 seconds)",
    )
    parser.add_argument(
        "--max-word-errors",
        type=float,
        default=0.3,
        metavar="SHARE",
        help="of wrong words. The sample is synthetic: it shows that its own words came back, "
        "not how well a model hears people (default: 0.3)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=900,
        metavar="SECONDS",
        help="for the transcription (default: 900: a task starts cold)",
    )
    parser.add_argument("--json", action="store_true", help="for a program, not a person")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
