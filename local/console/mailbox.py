"""The mailbox as pages: what SES accepted, newest first."""

from __future__ import annotations

import email
import email.policy
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from local.console.html import Markup, element, facts, link, page, table

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

_NAME = re.compile(r"[\w-]+\.eml")
"""As `local.ses.Mailbox` names its files: none leads out of the folder."""


class MailboxPages:
    """The pages of one mailbox.

    Args:
        folder: where the mails lie.
        root: the path of the list.
    """

    def __init__(self, folder: Path, root: str) -> None:
        self._folder = folder
        self._root = root

    def all(self) -> bytes:
        """The list of mails."""
        names = sorted((path.name for path in self._folder.glob("*.eml")), reverse=True)
        rows = [
            (mail["Date"], mail["To"], link(f"{self._root}/{quote(name)}", mail["Subject"]))
            for name in names
            if (mail := self._mail(name)) is not None
        ]
        return page("Mailbox", table(("sent", "to", "subject"), rows), changes=True)

    def one(self, name: str) -> bytes | None:
        """One mail with its text; None where there is no such mail."""
        mail = self._mail(name)
        if mail is None:
            return None
        headers = facts((key, mail[key]) for key in ("From", "To", "Cc", "Reply-To", "Date"))
        html = link(f"{self._root}/{quote(name)}/html", "Show its HTML")
        return page(
            str(mail["Subject"]),
            element("p", link(self._root, "Mailbox"), Markup(" · "), html),
            headers,
            element("pre", _body(mail, "plain") or "It has no text."),
        )

    def html(self, name: str) -> bytes | None:
        """The HTML of one mail, as it was sent; None where there is none."""
        mail = self._mail(name)
        body = None if mail is None else _body(mail, "html")
        return None if body is None else body.encode()

    def _mail(self, name: str) -> EmailMessage | None:
        if not _NAME.fullmatch(name):
            return None
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return email.message_from_bytes(content, policy=email.policy.default)


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else str(part.get_content())
