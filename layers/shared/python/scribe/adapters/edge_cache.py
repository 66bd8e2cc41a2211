"""What CloudFront keeps of the objects behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


class EdgeCache:
    """The copies at one distribution's edge locations.

    Args:
        client: CloudFront's.
        distribution_id: the distribution.
    """

    def __init__(self, client: CloudFrontClient, distribution_id: str) -> None:
        self._client = client
        self._distribution_id = distribution_id

    def forget(self, prefix: str, *, reference: str) -> None:
        """Drop all copies under a prefix; edge locations follow within minutes.

        Args:
            prefix: of the objects' keys, in characters that an address carries as they are.
            reference: names the wish: CloudFront takes the same again for the same one.

        Raises:
            StorageUnavailable: CloudFront refuses or does not answer; it has 15 such wishes
                under way at a time.
        """
        try:
            self._client.create_invalidation(
                DistributionId=self._distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": [f"/{prefix}*"]},
                    "CallerReference": reference,
                },
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(f"invalidating /{prefix}*: {error}") from error
