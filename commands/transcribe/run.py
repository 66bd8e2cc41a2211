"""Hands the recordings in, waits for them, and says what became of each."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from commands.api_client import ApiClient, ApiError
from commands.platform import PlatformFailed
from commands.transcribe import report
from commands.transcribe.jobs import Desk, Recording
from commands.transcribe.outputs import stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from commands.platform import Platform, Workers
    from commands.transcribe.arguments import Request
    from commands.transcribe.display import Display
    from commands.transcribe.report import FileReport

LOOK_SECONDS: Final = 0.5


def transcribe(
    request: Request, platform: Platform, workers: Workers, display: Display
) -> list[FileReport]:
    """Bring every file of the request to its end.

    Args:
        request: the files and where their transcripts go.
        platform: a running one.
        workers: those that it was given.
        display: is shown every step, and the table at the end.

    Returns:
        A report for each file, in their order.

    Raises:
        PlatformFailed: it stopped answering, or its workers cannot start.
    """
    begun = time.monotonic()
    desk = Desk(ApiClient(platform.url, platform.token), platform.aws.mailbox)
    recordings = [
        Recording(file, stem, request.language, request.vocabulary)
        for file, stem in zip(request.files, stems(request.files), strict=True)
    ]
    try:
        for recording in recordings:
            display.step(recording.stem, *recording.position)
            desk.hand_in(recording)
        _wait(platform, desk, recordings, display)
        # In this order: a transcript that is refused is the recording's own error.
        saved = [desk.save(recording, request.out) for recording in recordings]
    except (ApiError, BotoCoreError, ClientError) as error:
        text = f"The platform stopped answering: {error}\nIts logs are in {platform.state}"
        raise PlatformFailed(text) from error
    reports = [report.of(each, files) for each, files in zip(recordings, saved, strict=True)]
    display.close()
    mails = _keep_mails(recordings, request.out)
    display.show(report.table(reports, [recording.file.name for recording in recordings]))
    _conclude(reports, request.out, mails, display)
    seconds = platform.seconds | {"recordings": time.monotonic() - begun}
    # Tasks of their own run side by side as chunks come: only their sum is known.
    sharing = workers.count if workers.dispatch == "fleet" else 1
    display.say(_share(seconds, reports, sharing))
    return reports


def _wait(
    platform: Platform, desk: Desk, recordings: Sequence[Recording], display: Display
) -> None:
    while True:
        desk.look(recordings)
        platform.require_workers()
        for recording in recordings:
            display.step(recording.stem, *recording.position)
        if all(recording.is_over(desk.clock()) for recording in recordings):
            return
        time.sleep(LOOK_SECONDS)


def _keep_mails(recordings: Sequence[Recording], out: Path) -> int:
    """Copy each e-mail beside its transcript; the mailbox is gone with the platform."""
    kept = [recording for recording in recordings if recording.mail is not None]
    out.mkdir(parents=True, exist_ok=True)
    for recording in kept:
        shutil.copyfile(cast("Path", recording.mail), out / f"{recording.stem}.eml")
    return len(kept)


def _conclude(reports: Sequence[FileReport], out: Path, mails: int, display: Display) -> None:
    for entry in reports:
        if entry["error"]:
            display.say(f"{entry['file']}: {entry['error']['message']}")
    transcripts = sum(entry["status"] == "COMPLETED" for entry in reports)
    display.say(
        f"{transcripts} of {len(reports)} transcribed; {_counted(transcripts, 'transcript')} "
        f"(.json .txt .srt .vtt) and {_counted(mails, 'e-mail')} (.eml) in {out.resolve()}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _share(seconds: Mapping[str, float], reports: Sequence[FileReport], workers: int) -> str:
    """The line that says how much of the time was the platform's own."""
    total = sum(seconds.values())
    model = sum(entry["timings"].get("model_seconds", 0.0) for entry in reports) / workers
    steps = ", ".join(f"{step} {spent:.0f} s" for step, spent in seconds.items())
    return (
        f"{total:.0f} s in all ({steps}): the model {model:.0f} s"
        f"{f' on each of {workers} workers' if workers > 1 else ''}, "
        f"the platform's own share {max(0.0, total - model):.0f} s"
    )
