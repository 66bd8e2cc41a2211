"""A worker's container that hands its task to the test and exits with the code it is told."""

from __future__ import annotations

import json
import os
import sys
from http.client import HTTPConnection

if __name__ == "__main__":
    connection = HTTPConnection(sys.argv[1])
    connection.request("POST", "/container", os.environ["CHUNK_TASK"].encode())
    sys.exit(json.load(connection.getresponse())["exit_code"])
