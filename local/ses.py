"""SES: accepted mail lies in the mailbox as files that any mail program opens."""

from __future__ import annotations

import base64
import email.policy
import itertools
import json
import threading
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, localtime
from typing import TYPE_CHECKING, Any, Final

from moto.core.common_models import CloudFormationModel
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response

from local.patching import replace
from local.template_resource import TemplateResource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.context import Context

LINES_OF_MAIL: Final = email.policy.SMTP


def install(context: Context) -> None:
    """Patch moto's SES before its server starts."""
    _deliver_to(Mailbox(context.mailbox))


class Mailbox:
    """A folder with one .eml file for each accepted mail, numbered in the order of acceptance.

    Args:
        folder: where the files lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def put(self, message_id: str, mail: EmailMessage) -> None:
        """Write a mail; it appears whole or not at all."""
        with self._lock:
            path = self._folder / f"{next(self._numbers):04d}-{message_id}.eml"
        unfinished = path.with_suffix(".tmp")
        unfinished.write_bytes(mail.as_bytes(policy=LINES_OF_MAIL))
        unfinished.replace(path)


def _deliver_to(mailbox: Mailbox) -> None:
    """AWS delivers mail with all its parts and headers; moto keeps one body of it in memory."""

    def send_email(response: SESV2Response) -> str:
        request = json.loads(response.body)
        # moto refuses what AWS refuses: an unverified sender, too many recipients.
        answer: str = original(response)
        message_id = json.loads(answer)["MessageId"]
        mail = mail_of(request)
        # SES sets these two itself, whatever the sender wrote.
        for name in ("Message-ID", "Date"):
            del mail[name]
        mail["Message-ID"] = f"<{message_id}@email.amazonses.com>"
        mail["Date"] = format_datetime(localtime())
        mailbox.put(message_id, mail)
        return answer

    original = replace(SESV2Response, "send_email", send_email)


def mail_of(request: dict[str, Any]) -> EmailMessage:
    """Build the mail that a SendEmail request of SES v2 describes."""
    content = request["Content"]
    if "Raw" in content:
        parser = BytesParser(policy=email.policy.default)
        return parser.parsebytes(base64.b64decode(content["Raw"]["Data"]))
    simple = content["Simple"]
    mail = EmailMessage()
    mail["From"] = request["FromEmailAddress"]
    destination = request.get("Destination", {})
    for header, name in (("To", "ToAddresses"), ("Cc", "CcAddresses")):
        if destination.get(name):
            mail[header] = ", ".join(destination[name])
    if request.get("ReplyToAddresses"):
        mail["Reply-To"] = ", ".join(request["ReplyToAddresses"])
    mail["Subject"] = simple["Subject"]["Data"]
    for header in simple.get("Headers", []):
        mail[header["Name"]] = header["Value"]
    body = simple["Body"]
    if "Text" in body:
        mail.set_content(body["Text"]["Data"])
    if "Html" in body and "Text" in body:
        mail.add_alternative(body["Html"]["Data"], subtype="html")
    elif "Html" in body:
        mail.set_content(body["Html"]["Data"], subtype="html")
    return mail


class EmailIdentity(TemplateResource, CloudFormationModel):
    """AWS::SES::EmailIdentity, which moto does not make; here it is verified at once."""

    resource_type = "AWS::SES::EmailIdentity"
    name_property = "EmailIdentity"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Know the names and values of the DKIM records."""
        return attr.startswith("DkimDNSToken")

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return a value that says whose attribute it is."""
        return f"{self.physical_resource_id}.{attribute_name}"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Verify the address or domain."""
        del properties
        ses_backends[account_id][region_name].create_email_identity_v2(name, None, None, None)
        return name

    def delete(self, account_id: str, region_name: str) -> None:
        """Forget it."""
        ses_backends[account_id][region_name].delete_identity(self.physical_resource_id)
