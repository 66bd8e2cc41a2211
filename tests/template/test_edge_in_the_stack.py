"""The edge and the functions behind it: one set of routes, of secrets and of times."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from scribe.adapters.kept_secret import FRESH_SECONDS

from commands.edge_keys import LINKS_LIVE, Names
from functions.api.handler import OPERATIONS

if TYPE_CHECKING:
    from tests.template.template import Template


def test_a_key_is_kept_until_every_link_that_it_signed_has_ended(prod: Template) -> None:
    for function in ("Api", "Notify"):
        told = prod.properties(f"{function}LambdaFunction")["Environment"]["Variables"]
        # Functions sign on with the key that they know until they read the secret anew.
        lives = int(told["LINK_LIFETIME_SECONDS"]) + FRESH_SECONDS
        assert lives <= LINKS_LIVE.total_seconds()


def test_the_edge_hands_all_that_the_api_can_do_to_the_api(prod: Template) -> None:
    config = prod.properties("EdgeDistribution")["DistributionConfig"]
    behaviours = [b for b in config["CacheBehaviors"] if b["TargetOriginId"] == "api"]
    unused = {behaviour["PathPattern"] for behaviour in behaviours}
    for operation in OPERATIONS:
        path = re.sub(r"\{\w+\}", "1", operation.path)
        behaviour = next(b for b in behaviours if fnmatchcase(path, b["PathPattern"]))
        assert operation.method in behaviour["AllowedMethods"]
        unused.discard(behaviour["PathPattern"])
    assert not unused


@pytest.mark.parametrize(
    ("function", "variable", "secret"),
    [
        ("Api", "EDGE_SIGNING_KEY", "signing_key"),
        ("Notify", "EDGE_SIGNING_KEY", "signing_key"),
        ("Authorizer", "ORIGIN_SECRET", "origin_secret"),
    ],
)
def test_functions_read_the_secrets_that_the_command_writes(
    prod: Template, function: str, variable: str, secret: str
) -> None:
    name = getattr(Names.of("prod"), secret)
    told = prod.properties(f"{function}LambdaFunction")["Environment"]["Variables"]
    assert told[variable] == name
    (resource,) = (
        resource
        for statement in prod.role_statements(f"{function}Role")
        if "secretsmanager:GetSecretValue" in statement.actions
        for resource in statement.resources
    )
    assert resource["Fn::Sub"].endswith(f":secret:{name}-??????")
