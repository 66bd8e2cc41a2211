"""Mail through SES, version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from scribe.errors import MailRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import EmailContentTypeDef

    from scribe.mail import Mail

_UTF8: Final = "UTF-8"


class Mailer:
    """Sends mails from one address.

    Args:
        client: SES.
        sender: a verified address.
        configuration_set: where SES publishes deliveries, bounces and complaints.
    """

    def __init__(self, client: SESV2Client, *, sender: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, recipient: str, mail: Mail, *, tags: Mapping[str, str]) -> str:
        """Hand a mail to SES.

        Args:
            recipient: a bare address.
            mail: what to send.
            tags: seen in SES's events and metrics, so nothing personal; names and values of
                letters, digits, `_` and `-`.

        Returns:
            The message's id.

        Raises:
            MailRefused: SES did not accept it, or did not answer.
        """
        content: EmailContentTypeDef = {
            "Simple": {
                "Subject": {"Data": mail.subject, "Charset": _UTF8},
                "Body": {
                    "Text": {"Data": mail.text, "Charset": _UTF8},
                    "Html": {"Data": mail.html, "Charset": _UTF8},
                },
            }
        }
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [recipient]},
                Content=content,
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
            )
        except ClientError as error:
            # The code alone: SES's text quotes the address.
            raise MailRefused(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise MailRefused(type(error).__name__) from error
        return answer["MessageId"]
