"""The one reader of the environment: a frozen class of settings for each composition root.

A field `jobs_table` is read from the variable `JOBS_TABLE`. A variable that is missing or
cannot be read is named in the error, at the cold start and not in the middle of a job.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Mapping

Settings = TypeVar("Settings")

LOCAL_STAGE: Final = "local"
"""The one stage that is never deployed to AWS."""

# A dotted name that ends in a word: neither `localhost` nor an address in any of its spellings.
# Neither a query nor a trailing slash: the claim `iss` has none.
_PUBLIC_ISSUER: Final = re.compile(
    r"https://(?:[a-z0-9-]+\.)+(?!localhost\b)[a-z][a-z0-9-]*(?::\d+)?(?:/[A-Za-z0-9._~-]+)*"
)


_TRUTHS: Final = {"true": True, "false": False}


class SettingInvalid(Exception):
    """An environment variable is missing or cannot be read; the text names it."""


@dataclasses.dataclass(frozen=True)
class StartTranscriptionSettings:
    """What `startTranscription` needs to know."""

    jobs_table: str
    state_machine_arn: str
    default_language: str
    """`en`, `es` or `auto`: for recordings from the inbox."""
    default_ui_language: str
    """`en` or `es`: the language of mails about recordings from the inbox."""


@dataclasses.dataclass(frozen=True)
class PrepareAudioSettings:
    """What `prepareAudio` needs to know."""

    jobs_table: str
    usage_table: str
    work_bucket: str
    transcripts_bucket: str
    ffmpeg_path: str
    chunk_seconds: int
    max_audio_seconds: int
    max_audio_bytes: int


@dataclasses.dataclass(frozen=True)
class AssembleTranscriptSettings:
    """What `assembleTranscript` needs to know."""

    work_bucket: str
    transcripts_bucket: str
    worker_price_usd_per_hour: float


@dataclasses.dataclass(frozen=True)
class NotifySettings:
    """What `notify` needs to know."""

    jobs_table: str
    transcripts_bucket: str
    sender_address: str
    default_recipient: str
    email_configuration_set: str
    event_source: str
    """Who speaks in the events about ended jobs."""
    edge_address: str
    edge_signing_key: str
    """The name of the secret with the key pair that signs links."""
    link_lifetime_seconds: int
    lease_seconds: int
    """How long an invocation has the right to tell an owner to itself."""


@dataclasses.dataclass(frozen=True)
class ApiSettings:
    """What `api` needs to know."""

    jobs_table: str
    usage_table: str
    idempotency_table: str
    audio_bucket: str
    work_bucket: str
    transcripts_bucket: str
    state_machine_arn: str
    default_language: str
    """`en`, `es` or `auto`: for recordings whose owner states none."""
    default_ui_language: str
    """`en` or `es`: the language of mails to owners who state none."""
    max_audio_bytes: int
    open_jobs_per_user: int
    jobs_per_user_per_day: int
    bytes_per_user_per_day: int
    minutes_per_user_per_day: int
    upload_url_lifetime_seconds: int
    edge_address: str
    edge_signing_key: str
    """The name of the secret with the key pair that signs links."""
    edge_distribution_id: str
    link_lifetime_seconds: int


@dataclasses.dataclass(frozen=True)
class SweepSettings:
    """What `sweep` needs to know."""

    jobs_table: str
    audio_bucket: str
    work_bucket: str
    transcripts_bucket: str
    state_machine_arn: str
    notifications_queue_url: str
    edge_distribution_id: str
    default_language: str
    """`en`, `es` or `auto`: for recordings from the inbox."""
    default_ui_language: str
    """`en` or `es`: the language of mails about recordings from the inbox."""
    event_patience_seconds: int
    work_patience_seconds: int
    deletion_patience_seconds: int
    upload_days: int


@dataclasses.dataclass(frozen=True)
class AuthorizerSettings:
    """What `authorizer` needs to know."""

    stage: str
    session_issuer: str
    """The identity provider's address, as in the claim `iss`."""
    authorized_parties: tuple[str, ...]
    """The origins of the pages that may ask for tokens, as in the claim `azp`."""
    authorized_party_required: bool
    origin_secret: str
    """The name of the secret that the edge adds to each request."""

    def __post_init__(self) -> None:
        """Refuse an issuer that anybody on a network, or on this machine, could play."""
        if self.stage != LOCAL_STAGE and not _PUBLIC_ISSUER.fullmatch(self.session_issuer):
            raise SettingInvalid(
                f"SESSION_ISSUER is no https address of a public name: {self.session_issuer!r}"
            )


def read(cls: type[Settings], environment: Mapping[str, str]) -> Settings:
    """Read one class of settings.

    Args:
        cls: a frozen dataclass with fields of type str, bool, int, float or tuple[str, ...];
            a field with a default is optional. The bools are written `true` and `false`.
        environment: usually `os.environ`.

    Raises:
        SettingInvalid: names the first variable that is missing, empty or unreadable.
    """
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]  # the bound of a dataclass cannot be written
        name = field.name.upper()
        text = environment.get(name, "").strip()
        if not text and field.default is not dataclasses.MISSING:
            continue
        if not text:
            raise SettingInvalid(f"the environment variable {name} is not set")
        values[field.name] = _parse(name, text, hints[field.name])
    return cls(**values)


def _parse(name: str, text: str, kind: type) -> object:
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if kind is bool:
        if text not in _TRUTHS:
            raise SettingInvalid(f"the environment variable {name} is no bool: {text!r}")
        return _TRUTHS[text]
    try:
        return kind(text)
    except ValueError as error:
        raise SettingInvalid(
            f"the environment variable {name} is no {kind.__name__}: {text!r}"
        ) from error
