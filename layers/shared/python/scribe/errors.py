"""Every way in which a job can fail; the class name is the error name in the console.

    ScribeError
    ├── PermanentError               running it again cannot help
    │   ├── AudioEmpty               the file holds no sound at all; the user uploads another
    │   ├── AudioMissing             the recording was removed or replaced; the user uploads again
    │   ├── AudioUnreadable          no decoder understands the file; the user converts it
    │   ├── NoAudioTrack             a video or a picture without sound; the user uploads another
    │   ├── AudioTooLong             longer than the limit; the user splits it
    │   ├── AudioTooLarge            more bytes than the limit; the user compresses it
    │   ├── LanguageUnsupported      neither English nor Spanish is spoken; nothing to do
    │   ├── ShapeInvalid             a message does not match its schema; the operators look
    │   └── Superseded               not the job's execution any more, or deleted; nobody is told
    └── TransientError               the same work may succeed later; Step Functions retries it
        ├── WorkerLost               workers took the chunk and died; the operators look
        ├── OutOfMemory              the model did not fit beside the chunk
        ├── TranscriptionFailed      the engine failed on the chunk for a reason of its own
        ├── StorageUnavailable       S3 or DynamoDB did not answer
        ├── PreparationInterrupted   ffmpeg or the read from S3 stopped half way
        └── MailRefused              SES did not accept the message

Workers report `type(error).__name__`, Lambda raises the class, and the state machine's
`ErrorEquals` names it: a test holds the three together. What a user reads about each
error stands in `scribe/texts/`, in English and in Spanish.
"""

from __future__ import annotations

from typing import Final


class ScribeError(Exception):
    """The root of the platform's own errors; the message is for operators, in English."""


class PermanentError(ScribeError):
    """Running the same work again cannot help."""


class TransientError(ScribeError):
    """The same work may succeed later."""


class AudioEmpty(PermanentError):
    """The file has no bytes, or its audio track not one sample."""


class AudioMissing(PermanentError):
    """The object that the job was begun for is no longer in the bucket."""


class AudioUnreadable(PermanentError):
    """No permitted demuxer or decoder understands the file."""


class NoAudioTrack(PermanentError):
    """The file is readable and has no audio track."""


class AudioTooLong(PermanentError):
    """The audio is longer than the platform's limit."""


class AudioTooLarge(PermanentError):
    """The file has more bytes than the platform's limit."""


class LanguageUnsupported(PermanentError):
    """The configured languages together hold less than half of the probability."""


class ShapeInvalid(PermanentError):
    """A document that crossed a boundary does not match its JSON Schema."""


class Superseded(PermanentError):
    """This execution no longer owns the job: a later attempt does, or the job was deleted."""


class WorkerLost(TransientError):
    """The chunk's message was received too often without an answer."""


class OutOfMemory(TransientError):
    """Memory ran out, although the batch was halved."""


class TranscriptionFailed(TransientError):
    """The engine raised an error that says nothing about the audio."""


class StorageUnavailable(TransientError):
    """An AWS data service refused or did not answer after its own retries."""


class PreparationInterrupted(TransientError):
    """The source could not be read to its end, although it is there."""


class MailRefused(TransientError):
    """The mail service did not accept the message."""


def _leaves(base: type[ScribeError]) -> tuple[type[ScribeError], ...]:
    return tuple(
        leaf
        for child in base.__subclasses__()
        for leaf in (_leaves(child) if child.__subclasses__() else (child,))
    )


PERMANENT: tuple[type[ScribeError], ...] = _leaves(PermanentError)
TRANSIENT: tuple[type[ScribeError], ...] = _leaves(TransientError)
BY_NAME: dict[str, type[ScribeError]] = {error.__name__: error for error in PERMANENT + TRANSIENT}

UNKNOWN: Final = "Unknown"
CODES: tuple[str, ...] = (*BY_NAME, "TimedOut", "Aborted", UNKNOWN)
"""All that may be told of a failed job: our errors, and the ends that an execution has without
an error of ours."""


def code_of(name: str) -> str:
    """The one of `CODES` for an error's name as the console shows it."""
    return name if name in CODES else UNKNOWN
