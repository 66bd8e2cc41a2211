"""A recording may have any name: it is kept, shown and saved without doing harm."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from models.sentences import words
from tests.e2e.inbox import text_of
from tests.e2e.recordings import DOWNLOAD_NAMES, SPOKEN

if TYPE_CHECKING:
    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

each_name = pytest.mark.parametrize("name", DOWNLOAD_NAMES, ids=lambda name: ascii(name[:40]))


@each_name
def test_a_recording_of_any_name_is_transcribed(delivered: Delivered, name: str) -> None:
    job = delivered.jobs[name]
    assert (job["status"], job["file_name"]) == ("COMPLETED", name)
    assert words(delivered.inbox.spoken(job)) == words(SPOKEN)


@each_name
def test_its_transcript_is_saved_under_a_harmless_name(delivered: Delivered, name: str) -> None:
    stored = delivered.inbox.stored(delivered.jobs[name], "transcript.txt")
    disposition = stored["ContentDisposition"]
    assert unquote(disposition.rpartition("filename*=UTF-8''")[2]) == DOWNLOAD_NAMES[name]
    assert disposition.isascii()
    assert disposition.isprintable()


@each_name
def test_its_mail_shows_the_name_on_one_line_and_never_as_html(
    delivered: Delivered, name: str
) -> None:
    (mail,) = delivered.inbox.mails(delivered.jobs[name])
    assert str(mail["Subject"]).isprintable()
    assert len(mail["Subject"]) < 120
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
    }
    assert "<img" not in text_of(mail, "html")
    assert name.split(maxsplit=1)[0].removesuffix(".wav") in text_of(mail)
