"""Session tokens checked against their issuer's keys; PyJWT does the cryptography."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from jwt import InvalidSignatureError, PyJWS, PyJWTError

from scribe import session_tokens
from scribe.session_tokens import Session, SessionRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from scribe.adapters.issuer_keys import IssuerKeys
    from scribe.session_tokens import SessionPolicy

_JWS: Final = PyJWS(algorithms=[session_tokens.ALGORITHM])


class SessionVerifier:
    """Tells whose session a request belongs to.

    Args:
        keys: the issuer's.
        policy: whose tokens are good.
        clock: seconds since 1970.
    """

    def __init__(
        self, keys: IssuerKeys, policy: SessionPolicy, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._policy = policy
        self._clock = clock

    def verify(self, authorization: str) -> Session:
        """The session of an Authorization header's value.

        Raises:
            SessionRefused: names the first rule that the token breaks.
            FetchFailed: the issuer's keys were never fetched, and could not be now.
        """
        token = session_tokens.bearer_token(authorization)
        try:
            header = _JWS.get_unverified_header(token)
        except PyJWTError as error:
            raise SessionRefused("malformed") from error
        key = self._keys.get(session_tokens.key_id(header))
        if key is None:
            raise SessionRefused("unknown_key")
        try:
            verified = _JWS.decode_complete(token, key, algorithms=[session_tokens.ALGORITHM])
        except InvalidSignatureError as error:
            raise SessionRefused("signature") from error
        return session_tokens.session_of(verified["payload"], self._policy, self._clock())
