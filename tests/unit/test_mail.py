"""The mails: what they say, in both languages, and that no file name can break them."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from scribe import errors, mail, texts
from scribe.adapters import aws
from scribe.adapters.mailer import Mailer
from scribe.errors import MailRefused
from scribe.mail import Download, Mail, phrases

from tests.unit.jobs_support import JOB, RESULT, SOURCE, USER, arn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job
    from scribe.shapes import Language

LANGUAGES: Final[tuple[Language, ...]] = ("en", "es")
AREAS: Final = ("errors", "mail", "transcript")
LINKS_END: Final = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
DOWNLOADS: Final = (
    Download("txt", "https://files.example/a.txt?x=1&y=2"),
    Download("srt", "https://files.example/a.srt"),
    Download("vtt", "https://files.example/a.vtt"),
    Download("json", "https://files.example/a.json"),
)
HOSTILE_NAMES: Final = (
    "meeting\r\nBcc: eve@example.com\r\n\r\nhello.mp3",
    "<script>alert(1)</script>.mp3",
    '"><img src=x onerror=alert(1)>.mp3',
    "gpj.exe\u202e3pm.mp3",
    "{file} {job_id} {0}.mp3",
    "%s%n.mp3",
    "a" * 1000 + ".mp3",
    "\u0000\u200b\u2066",
)


def job(language: Language = "en", *, after_failure: bool = False, **result: Any) -> Job:  # noqa: ANN401  # figures of any type
    return {
        "user_id": USER,
        "job_id": JOB,
        "status": "COMPLETED",
        "attempt": 1,
        "file_name": "Board meeting.mp3",
        "language": "auto",
        "ui_language": language,
        "source": SOURCE,
        "execution_arn": arn(),
        "result": RESULT | result,  # type: ignore[typeddict-item]  # some figures replaced
        "notification": {
            "attempt": 1,
            "outcome": "COMPLETED",
            "state": "SENDING",
            "until": "2026-11-22T10:02:00.000Z",
            "message_id": None,
            "after_failure": after_failure,
            "announced": True,
        },
    }


def failed_job(language: Language = "en", error_name: str = "AudioUnreadable") -> Job:
    return job(language) | {"error": {"name": error_name, "message": "for operators"}}


def ready(of: Job, transcript: str = "Good morning, everybody.") -> Mail:
    return mail.completed(of, transcript, DOWNLOADS, LINKS_END)


class Page(HTMLParser):
    """What a mail program makes of the HTML."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.language: str | None = None
        self.seen = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)
        named = dict(attrs)
        assert not [name for name in named if name.startswith("on")]
        if tag == "html":
            self.language = named["lang"]
        if tag == "a":
            self.links.append(str(named["href"]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.seen += data


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_texts_with_the_same_gaps_to_fill(area: str) -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english, spanish = texts.load(area, "en"), texts.load(area, "es")
    assert english.keys() == spanish.keys()
    for key, text in english.items():
        assert fields(text) == fields(spanish[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_text_and_every_text_an_error(language: str) -> None:
    names = {*errors.BY_NAME, "TimedOut", "Aborted", "Unknown"}
    assert set(texts.load("errors", language)) == {
        f"{name}.{part}" for name in names for part in ("happened", "do")
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error_name", [*errors.BY_NAME, "TimedOut", "Aborted"])
def test_a_failure_says_what_happened_and_what_to_do(language: Language, error_name: str) -> None:
    sent = mail.failed(failed_job(language, error_name))
    reasons = texts.load("errors", language)
    for form in (sent.text, Page(sent.html).seen):
        assert reasons[f"{error_name}.happened"] in form
        assert reasons[f"{error_name}.do"] in form
        assert JOB in form
        assert "for operators" not in form


def test_an_error_that_has_no_text_is_told_as_unknown() -> None:
    sent = mail.failed(failed_job(error_name="States.Runtime"))
    assert texts.load("errors", "en")["Unknown.happened"] in sent.text
    assert "States.Runtime" not in sent.text


def test_a_success_tells_the_figures_the_beginning_and_where_to_read_on() -> None:
    sent = ready(job(word_count=12345))
    assert sent.subject == "Your transcript is ready: Board meeting.mp3"
    for form in (sent.text, Page(sent.html).seen):
        for said in (
            "Board meeting.mp3",
            "25 min 3 s",
            "English (detected, 98% sure)",
            "12,345",
            "high (93%)",
            "Good morning, everybody.",
            "23 November 2026, 09:05 UTC",
            JOB,
        ):
            assert said in form
    assert Page(sent.html).links == [each.address for each in DOWNLOADS]
    assert all(each.address in sent.text for each in DOWNLOADS)


def test_a_success_in_spanish_is_spanish_throughout() -> None:
    sent = ready(job("es", word_count=12345))
    assert sent.subject == "Su transcripción está lista: Board meeting.mp3"
    for said in ("inglés (detectado", "12\u00a0345", "alta (93\u00a0%)", "23 de noviembre de 2026"):
        assert said in sent.text
    assert Page(sent.html).language == "es"


def test_a_language_that_the_user_chose_is_not_called_detected() -> None:
    sent = ready(job() | {"language": "en"})
    assert "Language: English\n" in sent.text


def test_a_success_after_a_failure_says_that_it_is_ready_now() -> None:
    sent = ready(job(after_failure=True))
    assert sent.subject == "Your transcript is now ready: Board meeting.mp3"
    assert "earlier attempt" in sent.text


def test_a_recording_without_speech_is_told_plainly() -> None:
    sent = ready(
        job(no_speech=True, word_count=0, confidence=None),
        "[No speech was found in this recording.]",
    )
    assert sent.subject == "No speech found: Board meeting.mp3"
    assert "no speech in it" in sent.text
    assert "How it begins" not in sent.text
    assert "Words:" not in sent.text


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"gap_count": 1, "gap_seconds": 4.2}, "1 stretch (4 s) could not be transcribed"),
        ({"gap_count": 2, "gap_seconds": 75}, "2 stretches (1 min 15 s in all)"),
        ({"doubtful_count": 1}, "1 passage is doubtful. It is marked [?] in the text"),
        ({"doubtful_count": 3}, "3 passages are doubtful. They are marked [?] in the text"),
    ],
)
def test_what_is_missing_or_doubtful_is_named(figures: dict[str, Any], said: str) -> None:
    sent = ready(job(**figures))
    assert said in sent.text
    assert said in Page(sent.html).seen
    assert "stretch" not in ready(job()).text


def test_a_confidence_that_is_unknown_is_left_out() -> None:
    assert "Confidence" not in ready(job(confidence=None)).text


def test_a_long_transcript_is_cut_after_a_word() -> None:
    sent = ready(job(), "wonderful " * 100)
    (preview,) = [line for line in sent.text.splitlines() if line.startswith("> ")]
    assert preview.endswith("wonderful…")
    assert len(preview) <= 303


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_preview_begins_with_the_first_words_not_with_what_the_mark_means(
    language: Language,
) -> None:
    told = job(language="en")
    told["result"]["language"] = language
    legend = texts.load("transcript", language)["doubtful"]

    assert "> Well, perhaps. [?]" in ready(told, f"{legend}\n\nWell, perhaps. [?]\n").text


def assert_harmless(sent: Mail, like: Mail) -> None:
    assert "\n" not in sent.subject
    assert "\r" not in sent.subject
    assert len(sent.subject) < 140
    shown = Page(sent.html)
    assert shown.open == []
    assert shown.tags == Page(like.html).tags
    for hidden in "\u202e\u2066\u200b\x00":
        assert hidden not in sent.subject + sent.text + sent.html


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_file_name_changes_nothing_but_the_name(name: str) -> None:
    assert_harmless(ready(job() | {"file_name": name}, f"x {name}"), ready(job()))
    assert_harmless(mail.failed(failed_job() | {"file_name": name}), mail.failed(failed_job()))


@given(st.text(max_size=300), st.text(min_size=1, max_size=400))
def test_no_name_and_no_transcript_can_add_to_the_page(name: str, transcript: str) -> None:
    sent = ready(job() | {"file_name": name}, f"x{transcript}")
    assert_harmless_to_html(sent)


def assert_harmless_to_html(sent: Mail) -> None:
    shown = Page(sent.html)
    assert shown.open == []
    assert shown.tags == Page(ready(job()).html).tags
    assert len(sent.subject.splitlines()) == 1


def test_an_emoji_of_several_parts_stays_whole() -> None:
    assert phrases.one_line("👩‍🏫 class.mp3") == "👩‍🏫 class.mp3"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (7325, "2 h 2 min"),
    ],
)
def test_lengths_are_said_in_two_units(seconds: float, said: str) -> None:
    assert phrases.duration(seconds) == said


@pytest.fixture
def ses() -> Iterator[tuple[Mailer, Stubber]]:
    client = aws.sesv2()
    with Stubber(client) as stubber:
        yield Mailer(client, sender="t@example.com", configuration_set="dev"), stubber


def test_ses_is_given_both_forms_and_nothing_personal_beside_the_address(
    ses: tuple[Mailer, Stubber],
) -> None:
    mailer, stubber = ses
    content = {
        "Simple": {
            "Subject": {"Data": "s", "Charset": "UTF-8"},
            "Body": {
                "Text": {"Data": "t", "Charset": "UTF-8"},
                "Html": {"Data": "h", "Charset": "UTF-8"},
            },
        }
    }
    expected = {
        "FromEmailAddress": "t@example.com",
        "Destination": {"ToAddresses": ["ana@example.com"]},
        "Content": content,
        "ConfigurationSetName": "dev",
        "EmailTags": [{"Name": "outcome", "Value": "COMPLETED"}],
    }
    stubber.add_response("send_email", {"MessageId": "m-1"}, expected)
    sent = mailer.send("ana@example.com", Mail("s", "t", "h"), tags={"outcome": "COMPLETED"})
    assert sent == "m-1"


def test_a_refusal_is_named_without_the_address(ses: tuple[Mailer, Stubber]) -> None:
    mailer, stubber = ses
    stubber.add_client_error("send_email", "MessageRejected", "not verified: ana@example.com")
    with pytest.raises(MailRefused, match=r"^MessageRejected$"):
        mailer.send("ana@example.com", Mail("s", "t", "h"), tags={})
