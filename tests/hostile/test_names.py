"""File names that mean harm: text in mails, harmless in headers, and in no key."""

from __future__ import annotations

import re
import unicodedata
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from scribe import file_names, mail

from tests.hostile.names import NAMES, REFUSED
from tests.unit import api_support
from tests.unit.api_support import ANA, NEW_JOB
from tests.unit.test_mail import Page, failed_job, job, ready

if TYPE_CHECKING:
    from scribe.mail import Mail

    from tests.unit.api_support import Api

ISOLATE, END = "\u2068", "\u2069"
"""Keep the direction of what they enclose from what is around."""

api = api_support.api
each_name = pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:40]))


def mails(name: str) -> tuple[Mail, ...]:
    return (
        ready(job() | {"file_name": name}),
        ready(job("es") | {"file_name": name}),
        mail.failed(failed_job() | {"file_name": name}),
    )


def test_a_job_keeps_its_name_and_its_key_does_not(api: Api) -> None:
    for name in NAMES:
        wished = {**NEW_JOB, "file_name": name, "content_type": "application/octet-stream"}
        created = api.create(wished)
        assert created["file_name"] == name
        row = api.jobs.get(ANA, created["job_id"])
        assert row is not None
        key = row["upload"]["key"]
        assert re.fullmatch(rf"{ANA}/{created['job_id']}/audio\.(bin|mp3)", key)


def test_what_is_no_name_is_refused(api: Api) -> None:
    for json_text in REFUSED:
        body = f'{{"file_name": {json_text}, "size_bytes": 1, "content_type": "audio/mpeg"}}'
        reply = api.call("POST", "/jobs", raw=body.encode())
        assert reply.code in {"body_invalid", "body_not_json"}, json_text
    assert api.jobs.count_open(ANA) == 0


@each_name
def test_a_mail_gets_no_header_and_no_line_from_a_name(name: str) -> None:
    for sent, usual in zip(mails(name), mails("talk.mp3"), strict=True):
        letter = EmailMessage(policy.SMTP)
        letter["Subject"] = sent.subject
        letter.set_content(sent.text)
        received = message_from_bytes(letter.as_bytes(), policy=policy.SMTP)
        assert set(received) == {
            *("Subject", "Content-Type", "Content-Transfer-Encoding", "MIME-Version")
        }
        assert len(sent.subject.splitlines()) == 1
        assert len(sent.subject) < 120
        assert len(sent.text.splitlines()) == len(usual.text.splitlines())


@each_name
def test_a_mail_shows_a_name_as_text_and_nothing_else(name: str) -> None:
    for sent, usual in zip(mails(name), mails("talk.mp3"), strict=True):
        page, usual_page = Page(sent.html), Page(usual.html)
        assert (page.tags, page.links) == (usual_page.tags, usual_page.links)


@each_name
def test_a_name_turns_nothing_around_it(name: str) -> None:
    for sent in mails(name):
        for form in (sent.subject, sent.text, Page(sent.html).seen):
            for line in form.splitlines():
                outside = re.sub(f"{ISOLATE}[^{ISOLATE}{END}]*{END}", "", line)
                directions = {unicodedata.bidirectional(character) for character in outside}
                assert not directions & {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF"}
                assert not directions & {"RLI", "LRI", "FSI", "PDI"}


@each_name
def test_a_download_is_saved_under_a_harmless_name(name: str) -> None:
    saved = file_names.for_download(name, "txt")
    assert len(saved.encode()) <= 205
    assert saved.isprintable()
    assert not set(saved) & set('/\\:"<>|?*%;')
    assert saved.strip(". ") == saved
    header = file_names.content_disposition(saved)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
