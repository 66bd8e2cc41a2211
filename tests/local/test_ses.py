"""SES: every accepted mail is a file that a mail program opens; what AWS refuses is refused."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import deploy

if TYPE_CHECKING:
    from local.aws import LocalAws


def delivered(aws: LocalAws, message_id: str) -> EmailMessage:
    (path,) = aws.mailbox.glob(f"*-{message_id}.eml")
    return BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())


@pytest.fixture
def sender(aws: LocalAws, name: str) -> str:
    """A verified address."""
    address = f"{name}@example.org"
    identity = {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": address}}
    deploy(aws, name, {"Sender": identity})
    return address


def test_text_and_html_become_alternatives_of_one_mail(aws: LocalAws, sender: str) -> None:
    answer = aws.client("sesv2").send_email(
        FromEmailAddress=f"The Platform <{sender}>",
        Destination={"ToAddresses": ["someone@example.org"]},
        ConfigurationSetName="any",
        Content={
            "Simple": {
                "Subject": {"Data": "Está listo ✓"},
                "Body": {"Text": {"Data": "the text"}, "Html": {"Data": "<p>the page</p>"}},
            }
        },
    )
    mail = delivered(aws, answer["MessageId"])
    assert mail["Subject"] == "Está listo ✓"
    assert mail["To"] == "someone@example.org"
    assert mail["From"] == f"The Platform <{sender}>"
    assert mail["Message-ID"] == f"<{answer['MessageId']}@email.amazonses.com>"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content().strip() == "the text"
    assert page is not None
    assert page.get_content().strip() == "<p>the page</p>"


def test_a_raw_mail_is_delivered_as_written(aws: LocalAws, sender: str) -> None:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = sender, "someone@example.org", "raw"
    written["List-Unsubscribe"] = "<https://example.org/stop>"
    written.set_content("ñandú")
    answer = aws.client("sesv2").send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": ["someone@example.org"]},
        Content={"Raw": {"Data": written.as_bytes()}},
    )
    mail = delivered(aws, answer["MessageId"])
    assert mail["List-Unsubscribe"] == "<https://example.org/stop>"
    assert mail.get_content().strip() == "ñandú"


def test_a_sender_that_was_not_verified_is_refused(aws: LocalAws) -> None:
    with pytest.raises(ClientError, match="not verified"):
        aws.client("sesv2").send_email(
            FromEmailAddress="stranger@example.org",
            Destination={"ToAddresses": ["someone@example.org"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        )
