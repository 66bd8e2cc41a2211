"""What a check finds, and the stage that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boto3 import Session

State = Literal["ok", "warning", "problem", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: of the thing, in a few words.
        state: `problem` stops a deployment or its first transcript; `warning` does not, yet;
            `unknown` could not be looked at.
        what: how it is.
        to_do: what the deployer does about it; empty where that is nothing.
    """

    name: str
    state: State
    what: str
    to_do: str = ""


@dataclass(frozen=True)
class Subject:
    """The stage that is looked at.

    Attributes:
        stage: its name.
        parameters: its resolved parameters.
        aws: the account and the region.
        files_per_day: how many recordings it is to bear.
        token: a session token of somebody who is signed in; None where none is given.
    """

    stage: str
    parameters: Mapping[str, str]
    aws: Session
    files_per_day: int
    token: str | None = None

    def values(self, name: str) -> list[str]:
        """The values of a parameter that holds several, with commas between."""
        return [value for value in self.parameters[name].split(",") if value]
