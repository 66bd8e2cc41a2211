"""Where a stack may be deployed to."""

from __future__ import annotations

import pytest

from commands import deploy


@pytest.mark.parametrize(
    "arguments", [["--stage", "local"], ["--stage=local"], ["-s", "local", "--force"]]
)
def test_the_stage_that_lets_anybody_in_is_not_deployed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploy.main(arguments) == 2
    assert "local" in capsys.readouterr().err
