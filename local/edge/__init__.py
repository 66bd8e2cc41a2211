"""CloudFront: distributions that answer on a port of their own, at their attribute DomainName.

Viewers speak plain HTTP here: `ViewerProtocolPolicy`, certificates and compression are accepted
and do nothing. Bodies pass through memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.cloudfront.models import CloudFrontBackend

from local.edge import distributions
from local.edge import template as template  # its classes are found by moto
from local.patching import replace

if TYPE_CHECKING:
    from moto.cloudfront.models import Invalidation

    from local.context import Context


def install(context: Context) -> None:
    """Patch moto's CloudFront before its server starts."""
    made = distributions.Distributions(context.logs, context.edge_port)
    distributions.install(made)
    _invalidate_what_is_kept(made)


def _invalidate_what_is_kept(made: distributions.Distributions) -> None:
    """AWS forgets what an invalidation names; moto only notes it down."""

    def create_invalidation(
        backend: CloudFrontBackend, dist_id: str, paths: list[str], caller_ref: str
    ) -> Invalidation:
        invalidation: Invalidation = original(backend, dist_id, paths, caller_ref)
        made.invalidate(dist_id, paths)
        return invalidation

    original = replace(CloudFrontBackend, "create_invalidation", create_invalidation)
