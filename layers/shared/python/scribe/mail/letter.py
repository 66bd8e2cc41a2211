"""A letter, and its two forms: plain text, and HTML that every mail program shows."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from scribe.shapes import Language

Tone = Literal["good", "attention", "bad"]

# Mail programs keep inline styles and drop style sheets, so the light colours are inline and
# the dark ones, which only programs with style sheets know, overrule them.
_BAR: Final[dict[Tone, str]] = {"good": "#0f766e", "attention": "#b45309", "bad": "#b91c1c"}
_FONT: Final = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_STYLE: Final = (
    "@media (prefers-color-scheme:dark){"
    ".page{background:#111827!important}.card{background:#1f2937!important}"
    ".ink{color:#f3f4f6!important}.soft{color:#cbd5e1!important}"
    ".box{background:#111827!important;border-color:#64748b!important}"
    ".link{color:#99f6e4!important}}"
    "@media (max-width:480px){.pad{padding:20px 16px!important}}"
)


@dataclass(frozen=True)
class Mail:
    """What is sent."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Letter:
    """What a mail says, before it has a form; every string is plain text.

    Attributes:
        language: of the letter.
        tone: the colour of the bar on top; never the only sign of the outcome.
        subject: the mail's subject.
        heading: the outcome in one line.
        intro: the outcome in a sentence.
        facts: label and value.
        notices: what is wrong with the transcript, one sentence each.
        sections: a title and a paragraph.
        quote: a title and words of the transcript.
        links_title: above the links.
        links: label and address.
        links_note: below the links.
        footer: the last line.
    """

    language: Language
    tone: Tone
    subject: str
    heading: str
    intro: str
    facts: tuple[tuple[str, str], ...]
    footer: str
    notices: tuple[str, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    quote: tuple[str, str] | None = None
    links_title: str = ""
    links: tuple[tuple[str, str], ...] = ()
    links_note: str = ""

    def mail(self) -> Mail:
        """The letter in both forms."""
        return Mail(self.subject, _text(self), _html(self))


def _text(letter: Letter) -> str:
    blocks = [letter.heading.upper(), letter.intro]
    blocks.append("\n".join(f"{label}: {value}" for label, value in letter.facts))
    blocks += [f"! {notice}" for notice in letter.notices]
    blocks += [f"{title}\n{paragraph}" for title, paragraph in letter.sections]
    if letter.quote:
        blocks.append(f"{letter.quote[0]}\n> {letter.quote[1]}")
    if letter.links:
        lines = [f"{label}:\n{address}" for label, address in letter.links]
        blocks += ["\n".join([letter.links_title, *lines]), letter.links_note]
    return "\n\n".join([*blocks, f"--\n{letter.footer}"]) + "\n"


def _html(letter: Letter) -> str:
    body = "".join(
        (
            _heading(letter.heading),
            _paragraph(letter.intro),
            _facts(letter.facts),
            *(_notice(notice) for notice in letter.notices),
            *(_title(title) + _paragraph(text) for title, text in letter.sections),
            _quote(letter.quote) if letter.quote else "",
            _links(letter) if letter.links else "",
        )
    )
    return (
        f'<!doctype html><html lang="{letter.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="supported-color-schemes" content="light dark">'
        f"<title>{_safe(letter.subject)}</title><style>{_STYLE}</style></head>"
        f'<body class="page" style="margin:0;padding:0;background:#f1f5f9;{_FONT}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">'
        '<tr><td align="center" class="page" style="padding:24px 12px;background:#f1f5f9">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
        ' style="max-width:600px">'
        f'<tr><td style="height:6px;line-height:6px;font-size:0;background:{_BAR[letter.tone]};'
        'border-radius:8px 8px 0 0">&nbsp;</td></tr>'
        '<tr><td class="card pad" style="padding:28px 32px;background:#ffffff;'
        f'border-radius:0 0 8px 8px">{body}</td></tr>'
        '<tr><td class="soft" style="padding:16px 8px;font-size:13px;line-height:1.5;'
        f'color:#475569">{_safe(letter.footer)}</td></tr>'
        "</table></td></tr></table></body></html>"
    )


def _heading(text: str) -> str:
    return (
        '<h1 class="ink" style="margin:0 0 12px;font-size:22px;line-height:1.3;color:#111827">'
        f"{_safe(text)}</h1>"
    )


def _title(text: str) -> str:
    return (
        '<h2 class="ink" style="margin:20px 0 6px;font-size:16px;line-height:1.4;color:#111827">'
        f"{_safe(text)}</h2>"
    )


def _paragraph(text: str) -> str:
    return (
        '<p class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.5;color:#1f2937;'
        f'overflow-wrap:anywhere">{_safe(text)}</p>'
    )


def _facts(facts: tuple[tuple[str, str], ...]) -> str:
    rows = "".join(
        f'<tr><th scope="row" align="left" valign="top" class="soft" style="padding:3px 16px 3px 0;'
        f'font-size:15px;font-weight:normal;color:#475569;white-space:nowrap">{_safe(label)}</th>'
        f'<td class="ink" style="padding:3px 0;font-size:15px;color:#111827;'
        f'overflow-wrap:anywhere"><bdi>{_safe(value)}</bdi></td></tr>'
        for label, value in facts
    )
    return f'<table cellpadding="0" cellspacing="0" border="0" style="margin:8px 0">{rows}</table>'


def _notice(text: str) -> str:
    return (
        '<p class="ink box" style="margin:8px 0;padding:10px 14px;font-size:15px;line-height:1.5;'
        f'color:#111827;background:#fffbeb;border-left:4px solid #b45309">{_safe(text)}</p>'
    )


def _quote(quote: tuple[str, str]) -> str:
    title, words = quote
    return _title(title) + (
        '<blockquote class="ink box" style="margin:0 0 12px;padding:12px 16px;font-size:15px;'
        "line-height:1.6;color:#1f2937;background:#f8fafc;border-left:4px solid #94a3b8;"
        f'overflow-wrap:anywhere">{_safe(words)}</blockquote>'
    )


def _links(letter: Letter) -> str:
    items = "".join(
        f'<li style="margin:0 0 8px"><a class="link" href="{_safe(address)}" style="color:#0f5f58;'
        f'font-weight:600">{_safe(label)}</a></li>'
        for label, address in letter.links
    )
    return (
        f'{_title(letter.links_title)}<ul class="ink" style="margin:0 0 12px;padding-left:20px;'
        f'font-size:16px;line-height:1.5">{items}</ul>'
        '<p class="soft" style="margin:0;font-size:14px;line-height:1.5;color:#475569">'
        f"{_safe(letter.links_note)}</p>"
    )


def _safe(text: str) -> str:
    return html.escape(text, quote=True)
