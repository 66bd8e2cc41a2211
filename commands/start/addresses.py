"""Where everything of a running platform is met."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from local.session_issuer import TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.platform import Platform
    from local.console.console import Console


@dataclass(frozen=True)
class Addresses:
    """The addresses of one platform.

    Attributes:
        api: of the HTTP API, without a slash at the end.
        docs: the page that shows the API.
        web: the page; it has the same origin as the API.
        mailbox: the e-mails that were sent.
        executions: those of the state machine.
        token: where session tokens are had.
    """

    api: str
    docs: str
    web: str
    mailbox: str
    executions: str
    token: str

    @classmethod
    def of(cls, platform: Platform, console: Console) -> Self:
        """The addresses of a platform, with the console over its AWS."""
        return cls(
            api=platform.url,
            docs=f"{platform.url}/docs",
            web=platform.url,
            mailbox=console.mailbox_url,
            executions=console.executions_url,
            token=platform.issuer.url + TOKEN_PATH,
        )

    def line(self) -> str:
        """For a program."""
        return json.dumps(asdict(self))

    def text(self, environment: Mapping[str, str]) -> str:
        """For a person.

        Args:
            environment: the variables with which AWS's clients find the platform's AWS.
        """
        variables = " ".join(f"{name}={value}" for name, value in environment.items())
        return f"""\
The platform is up; Ctrl-C stops it.

  API         {self.api}
  its page    {self.docs}
  mailbox     {self.mailbox}
  executions  {self.executions}
  tokens      {self.token}

In another terminal; README.md has the lines that follow:

  export API={self.api} SIGN_IN={self.token}
  curl -s "$SIGN_IN" -d '{{"sub": "user_ana", "email": "ana@example.com"}}'

For an operator's commands, those of docs/operations.md; the stage is local:

  export {variables}"""
