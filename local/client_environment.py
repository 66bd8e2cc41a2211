"""The variables with which any process finds the local AWS and nothing else."""

from __future__ import annotations

from local.context import REGION


def client_environment(endpoint_url: str) -> dict[str, str]:
    """Return the variables that direct a process's AWS clients to `endpoint_url`."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Without this a client asks the cloud's metadata address and waits for its time-out.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
