"""The lines that README.md shows are those that work."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from commands.platform import ROOT
from local.session_issuer import TOKEN_PATH
from models.measures import word_error_rate
from samples import sample
from tests.e2e.inbox import PATIENCE_SECONDS

if TYPE_CHECKING:
    from tests.e2e.inbox import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


def test_five_lines_of_curl_lead_from_a_token_to_a_transcript(fleet: Inbox) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (lines,) = re.findall(r"<!-- Run as it is by \S+ -->\n```sh\n(.*?)```", readme, re.DOTALL)
    assert len(re.findall(r"^.*\bcurl\b", lines, re.MULTILINE)) == 5
    platform = fleet.platform
    addresses = {"API": platform.url, "SIGN_IN": platform.issuer.url + TOKEN_PATH}

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines],
        cwd=ROOT,
        env={**os.environ, **addresses},
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert ran.returncode == 0, ran.stderr
    status, _, transcript = ran.stdout.partition("\n")
    assert status == "COMPLETED"
    assert word_error_rate(sample("english").text, transcript) <= 0.1
