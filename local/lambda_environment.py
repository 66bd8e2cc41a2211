"""The variables and the module path that a Lambda sandbox starts with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from local.client_environment import client_environment

if TYPE_CHECKING:
    from pathlib import Path

    from moto.awslambda.models import LambdaFunction

LAYER_MOUNT: Final = "/opt/"
"""Where AWS mounts the layers."""


def environment_of(
    function: LambdaFunction, *, endpoint_url: str, task_root: Path, layers: Path, home: Path
) -> dict[str, str]:
    """Return all variables that a function's process gets; it inherits none of ours.

    Args:
        function: as deployed.
        endpoint_url: where its AWS clients go.
        task_root: the unpacked package.
        layers: the folder that stands for /opt.
        home: a private folder that stands for /tmp.
    """
    given = {name: str(value) for name, value in function.environment_vars.items()}
    return {
        **client_environment(endpoint_url),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]",
        "HOME": str(home),
        "LAMBDA_TASK_ROOT": str(task_root),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": str(layers / "lib"),
        # AWS puts the layers' programs last, where nothing of the same name stands before them.
        "PATH": f"{layers / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(home),
        "TZ": ":UTC",
        "_HANDLER": str(function.handler),
        **{name: _moved(value, layers) for name, value in given.items()},
    }


def module_path(task_root: Path, layers: Path, runtime: Path) -> list[Path]:
    """Return what stands before the standard library in `sys.path`, in AWS's order."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = layers / "python" / "lib" / version / "site-packages"
    return [task_root, site_packages, layers / "python", runtime]


def _moved(value: str, layers: Path) -> str:
    """Let a value that names a layer's file under /opt name the unpacked file.

    Only root can mount anything at /opt, and a laptop's user is not root.
    """
    if not value.startswith(LAYER_MOUNT):
        return value
    unpacked = layers / value.removeprefix(LAYER_MOUNT)
    return str(unpacked) if unpacked.exists() else value
