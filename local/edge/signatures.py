"""Signed URLs: whether a request carries the signature of a trusted key for what it asks."""

from __future__ import annotations

import base64
import binascii
import json
import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS: Final = frozenset({"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"})
"""Query parameters that are CloudFront's own where it requires signatures."""

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "SHA1": hashes.SHA1(),  # noqa: S303 - what CloudFront takes where a link names no other
    "SHA256": hashes.SHA256(),
}


class NotSigned(Exception):
    """The request may not pass.

    Args:
        code: as in the answer's XML.
        message: likewise.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def without_signature(query: str) -> str:
    """Return a query as sent, without CloudFront's own parameters."""
    parts = [part for part in query.split("&") if part]
    return "&".join(part for part in parts if part.partition("=")[0] not in PARAMETERS)


def require_signature(
    url: str, query: str, keys: Mapping[str, str], *, now: float, source_ip: str
) -> None:
    """Let a request pass that a trusted key signed, by a canned or a custom policy.

    Args:
        url: what is asked for, without CloudFront's own parameters.
        query: as sent.
        keys: the trusted public keys, as PEM by id.
        now: seconds since 1970.
        source_ip: the viewer's address.

    Raises:
        NotSigned: says why it may not pass.
    """
    given = dict(parse_qsl(query, keep_blank_values=True))
    if not given.get("Key-Pair-Id"):
        raise NotSigned("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
    key = keys.get(given["Key-Pair-Id"])
    if key is None:
        raise NotSigned("InvalidKey", "Unknown Key")
    policy = decoded(given["Policy"]) if "Policy" in given else _canned(url, given)
    if not _is_signed(policy, given, key):
        raise _denied()
    try:
        (statement,) = json.loads(policy)["Statement"]
        permitted = _permits(statement, url, now=now, source_ip=source_ip)
    except (KeyError, TypeError, ValueError) as error:
        raise NotSigned("MalformedPolicy", "Malformed Policy") from error
    if not permitted:
        raise _denied()


def decoded(text: str) -> bytes:
    """Undo CloudFront's own base64, in which `-_~` stand for `+=/`.

    Raises:
        NotSigned: the text is none.
    """
    try:
        return base64.b64decode(text.translate(str.maketrans("-_~", "+=/")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _denied() from error


def _canned(url: str, given: Mapping[str, str]) -> bytes:
    expires = given.get("Expires", "")
    if not expires.isdecimal():
        raise _denied()
    condition = f'{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}'
    return f'{{"Statement":[{{"Resource":"{url}","Condition":{condition}}}]}}'.encode()


def _is_signed(policy: bytes, given: Mapping[str, str], pem: str) -> bool:
    algorithm = HASHES.get(given.get("Hash-Algorithm", "SHA1"))
    key = load_pem_public_key(pem.encode())
    if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(decoded(given.get("Signature", "")), policy, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def _permits(statement: Mapping[str, Any], url: str, *, now: float, source_ip: str) -> bool:
    condition = statement["Condition"]
    # The end of the time is the one condition that every policy has.
    in_time = now < condition["DateLessThan"]["AWS:EpochTime"]
    if "DateGreaterThan" in condition:
        in_time &= now > condition["DateGreaterThan"]["AWS:EpochTime"]
    network = condition.get("IpAddress", {}).get("AWS:SourceIp", "0.0.0.0/0")
    from_there = ip_address(source_ip) in ip_network(network, strict=False)
    return in_time and from_there and _covers(statement.get("Resource", "*"), url)


def _covers(resource: str, url: str) -> bool:
    expression = re.escape(resource).replace(r"\*", ".*").replace(r"\?", ".")
    # A policy may name a `?` of a query, which is a wildcard that covers itself.
    return re.fullmatch(expression, url, re.DOTALL) is not None


def _denied() -> NotSigned:
    return NotSigned("AccessDenied", "Access denied")
