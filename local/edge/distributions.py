"""The distributions of this machine: as moto describes them, each with its server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.cloudfront.models import Distribution, DistributionConfig

from local.edge.edge import Edge
from local.edge.origins import Origins
from local.edge_results import Results
from local.http_api.server import ApiServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from moto.cloudfront.models import CloudFrontBackend

    from local.edge.configuration import Configuration

LISTS = ("Aliases", "AllowedMethods", "CachedMethods", "TrustedKeyGroups", "CustomErrorResponses")
"""What templates write as lists, and the API as objects of `Quantity` and `Items`."""


@dataclass
class _Served:
    edge: Edge
    server: ApiServer
    read: Callable[[], Configuration]


class Distributions:
    """All of them, with their edges.

    Args:
        logs: the folder for their logs.
        first_port: where the first one answers; 0 takes a free port, as all others do.
    """

    def __init__(self, logs: Path, first_port: int = 0) -> None:
        self._logs = logs
        self._next_port = first_port
        self._served: dict[str, _Served] = {}

    def apply(
        self,
        backend: CloudFrontBackend,
        name: str,
        config: Mapping[str, Any],
        read: Callable[[], Configuration],
    ) -> str:
        """Make a distribution, or change the one of that id.

        Args:
            backend: moto's.
            name: its id if it is changed, else any name.
            config: its `DistributionConfig`.
            read: reads it, with the policies as they are then.

        Returns:
            The id.
        """
        described = in_api_words(config) | {"CallerReference": name}
        configuration = read()
        if name in self._served:
            backend.distributions[name].distribution_config = DistributionConfig(described)
            served = self._served[name]
            served.edge.configuration, served.read = configuration, read
            return name
        made, _, _ = backend.create_distribution(described, [])
        edge, server = self._serve(backend, made, configuration)
        self._served[made.distribution_id] = _Served(edge, server, read)
        return str(made.distribution_id)

    def read_policies_anew(self) -> None:
        """Follow a policy that was changed."""
        for served in self._served.values():
            served.edge.configuration = served.read()

    def delete(self, backend: CloudFrontBackend, distribution_id: str) -> None:
        """End a distribution's server and forget it."""
        backend.distributions.pop(distribution_id, None)
        served = self._served.pop(distribution_id, None)
        if served is not None:
            served.server.stop()

    def invalidate(self, distribution_id: str, paths: Iterable[str]) -> None:
        """Take answers out of a distribution's cache."""
        if distribution_id in self._served:
            self._served[distribution_id].edge.cache.invalidate(paths)

    def _serve(
        self, backend: CloudFrontBackend, made: Distribution, configuration: Configuration
    ) -> tuple[Edge, ApiServer]:
        edge = Edge(
            configuration,
            origins=Origins(made.arn),
            public_keys=lambda groups: public_keys(backend, groups),
            results=Results(self._logs, made.distribution_id),
        )
        server = ApiServer(edge.answer, self._next_port)
        self._next_port = 0
        server.start()
        made.domain_name = server.endpoint.removeprefix("http://")
        return edge, server


def public_keys(backend: CloudFrontBackend, groups: Iterable[str]) -> dict[str, str]:
    """Return the keys that these key groups hold now, as PEM by id."""
    return {
        key_id: backend.public_keys[key_id].encoded_key
        for group in groups
        for key_id in backend.key_groups[group].items
    }


def in_api_words(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template's `DistributionConfig` as the API writes it."""
    described = {key: _listed(key, value) for key, value in config.items()}
    described["DefaultCacheBehavior"] = _behaviour(config["DefaultCacheBehavior"])
    behaviours = [_behaviour(part) for part in config.get("CacheBehaviors", ())]
    described["CacheBehaviors"] = _items(behaviours)
    described["Origins"] = _items([_origin(part) for part in config["Origins"]])
    return described


def _behaviour(part: Mapping[str, Any]) -> dict[str, Any]:
    described = {key: _listed(key, value) for key, value in part.items()}
    if "AllowedMethods" in described:
        described["AllowedMethods"]["CachedMethods"] = described.pop(
            "CachedMethods", _items(["GET", "HEAD"])
        )
    return described


def _origin(part: Mapping[str, Any]) -> dict[str, Any]:
    described = dict(part)
    headers = described.pop("OriginCustomHeaders", [])
    described["CustomHeaders"] = _items(headers)
    if "S3OriginConfig" in described:
        described["S3OriginConfig"] = {"OriginAccessIdentity": "", **described["S3OriginConfig"]}
    return described


def _listed(key: str, value: Any) -> Any:
    return _items(value) if key in LISTS else value


def _items(values: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(values), "Items": values}


_INSTALLED: list[Distributions] = []


def install(made: Distributions) -> None:
    """Set the distributions of this process; moto makes resources without telling them where."""
    _INSTALLED[:] = [made]


def distributions() -> Distributions:
    """Return the distributions of this process."""
    (made,) = _INSTALLED
    return made
