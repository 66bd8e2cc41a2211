"""From a request's headers to the session that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scribe.adapters import origin_secret
from scribe.session_tokens import SessionRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.adapters.origin_secret import OriginSecret
    from scribe.adapters.session_verifier import SessionVerifier
    from scribe.session_tokens import Session


@dataclass(frozen=True)
class Doorkeeper:
    """Lets requests in.

    Attributes:
        verifier: tells whose session it is.
        origin: what the edge adds to each request.
    """

    verifier: SessionVerifier
    origin: OriginSecret

    def admit(self, headers: Mapping[str, str]) -> Session:
        """The session of a request.

        Args:
            headers: of the request, their names in lower case as API Gateway gives them.

        Raises:
            SessionRefused: the request belongs to no session.
            FetchFailed: what it is checked with could not be fetched.
        """
        if not self.origin.is_known_to(headers.get(origin_secret.HEADER, "")):
            raise SessionRefused("origin")
        return self.verifier.verify(headers.get("authorization", ""))
