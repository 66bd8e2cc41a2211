"""Run one local AWS until it is told to stop: `python -m local --state DIR`."""

from __future__ import annotations

import argparse
from pathlib import Path

from local.server import serve


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder of this run's own")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--edge-port", type=int, default=0, help="of the first distribution")
    parser.add_argument("--time-factor", type=float, default=1.0, help="scales waits and retries")
    parser.add_argument("--faults", type=Path, help="a plan of what is to go wrong")
    parser.add_argument("--container-path", type=Path, default=Path(), help="first in tasks' PATH")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end with the process that holds stdin"
    )
    arguments = parser.parse_args()
    serve(
        state=arguments.state.resolve(),
        port=arguments.port,
        edge_port=arguments.edge_port,
        time_factor=arguments.time_factor,
        container_path=arguments.container_path.resolve(),
        faults_plan=arguments.faults,
        until_stdin_closes=arguments.until_stdin_closes,
    )


if __name__ == "__main__":
    main()
