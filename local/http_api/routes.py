"""Which route a request takes: the most specific one, a greedy one after it, `$default` last."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT: Final = "$default"
METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What a route of the method ANY takes."""
VARIABLE: Final = re.compile(r"\{(?P<name>[^{}+]+)(?P<greedy>\+?)\}")


@dataclass(frozen=True)
class Pattern:
    """A route key, ready to be compared with requests.

    Attributes:
        key: `GET /things/{id}`.
        method: in capitals, or ANY.
        path: the path's expression.
        names: the path variables, in their order.
        rank: sorts before the rank of a less specific key.
    """

    key: str
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    rank: tuple[tuple[int, ...], bool]

    def parameters(self, method: str, path: str) -> dict[str, str] | None:
        """Return the path variables' values if the request fits, else None."""
        if self.method not in (method, "ANY"):
            return None
        match = self.path.fullmatch(path)
        return None if match is None else dict(zip(self.names, match.groups(), strict=True))


def choose(keys: Iterable[str], method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """Return the key of the route that a request takes and its path variables.

    Args:
        keys: the API's route keys.
        method: in capitals.
        path: decoded.
    """
    keys = list(keys)
    for pattern in sorted((parse(key) for key in keys if key != DEFAULT), key=lambda p: p.rank):
        parameters = pattern.parameters(method, path)
        if parameters is not None:
            return pattern.key, parameters
    return (DEFAULT, {}) if DEFAULT in keys else None


@functools.cache
def parse(key: str) -> Pattern:
    """Read a route key other than `$default`."""
    method, _, path = key.partition(" ")
    expressions, names, kinds = [], [], []
    for segment in path.split("/"):
        variable = VARIABLE.fullmatch(segment)
        if variable is None:
            expressions.append(re.escape(segment))
            kinds.append(0)
            continue
        names.append(variable["name"])
        expressions.append("(.*)" if variable["greedy"] else "([^/]+)")
        kinds.append(2 if variable["greedy"] else 1)
    return Pattern(
        key=key,
        method=method,
        path=re.compile("/".join(expressions), re.DOTALL),
        names=tuple(names),
        # A greedy route comes after every full match, however much of it is fixed.
        rank=((kinds[-1] // 2, *kinds), method == "ANY"),
    )
