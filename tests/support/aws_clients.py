"""AWS clients that are made once: making one takes longer than most tests have to call it."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

import boto3
import moto.core.models  # noqa: F401  # clients that are made before this import never meet moto


class ClientsMadeOnce(boto3.Session):
    """Gives the same client to all who ask for one in the same way, in the same environment.

    A test that makes a client answer otherwise takes one of its own: `boto3.Session().client`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[object, Any] = {}
        self._making = Lock()

    def client(self, service_name: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # of any service
        """Return a client as `boto3.client` would."""
        environment = sorted((k, v) for k, v in os.environ.items() if k.startswith("AWS_"))
        config = vars(named["config"]) if named.get("config") else None
        asked = repr((service_name, arguments, {**named, "config": config}, environment))
        make: Any = super().client  # its type asks for the name of one service
        with self._making:
            if asked not in self._made:
                self._made[asked] = make(service_name, *arguments, **named)
            return self._made[asked]
