"""What every module of the local AWS is told about the machine it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "us-east-1"


@dataclass(frozen=True)
class Context:
    """One running local AWS.

    Attributes:
        endpoint_url: where every AWS API answers, `http://127.0.0.1:{port}`.
        state: a folder of this run's own: logs, unpacked code, the mailbox.
        time_factor: what the waits and retry intervals of Step Functions are multiplied
            with; 1.0 is real time.
        container_path: a folder put first in the PATH of ECS tasks, in the place of the
            image's own programs.
        edge_port: where the first CloudFront distribution answers; 0 takes a free port.
        faults: the plan of what is to go wrong; None for nothing.
    """

    endpoint_url: str
    state: Path
    time_factor: float
    container_path: Path
    edge_port: int = 0
    faults: Path | None = None

    @property
    def mailbox(self) -> Path:
        """The folder in which every accepted e-mail lies as one .eml file."""
        return self.state / "mailbox"

    @property
    def logs(self) -> Path:
        """The folder of log files: one of the server, one of each function and task."""
        return self.state / "logs"

    @property
    def ready(self) -> Path:
        """The file that appears when every API answers: JSON of `endpoint_url` and `pid`."""
        return self.state / "ready.json"

    @property
    def unsupported(self) -> Path:
        """The file that lists the resource types which are accepted and not made."""
        return self.state / "unsupported.json"
