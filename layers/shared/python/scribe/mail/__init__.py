"""The mails that tell a recording's owner how it ended; pure, in English and in Spanish."""

from scribe.mail.compose import Download, completed, failed
from scribe.mail.letter import Mail

__all__ = ["Download", "Mail", "completed", "failed"]
