"""Pages without scripts: whatever is not made here as markup is shown as the text that it is."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

REFRESH_SECONDS: Final = 3

_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2024; background: #fff; max-width: 72rem;
       margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.3rem; overflow-wrap: anywhere } h2 { font-size: 1rem; margin-top: 2rem }
a { color: #0b57d0 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.2rem .3rem 0;
         border-bottom: 1px solid #e0e3e7 }
th { white-space: nowrap } th[scope=row] { width: 8rem }
/* The last column alone may be broken anywhere: where each may, a long text there leaves the
   others the width of a letter. */
td:last-child { overflow-wrap: anywhere; padding-right: 0 }
pre { background: #f6f7f9; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere }
details pre { margin: .3rem 0; font-size: .85em } summary { color: #59636e; cursor: pointer }
.failed, .timed_out, .aborted { color: #b42318 } .succeeded { color: #067647 }
.running { color: #0b57d0 }
@media (prefers-color-scheme: dark) {
  body { color: #e6e8eb; background: #16181b } pre { background: #22262b }
  a, .running { color: #8ab4f8 } th, td { border-color: #3a3f45 } summary { color: #9198a1 }
  .failed, .timed_out, .aborted { color: #ff9189 } .succeeded { color: #5fd39b }
}
"""


class Markup(str):
    """A piece of HTML."""

    __slots__ = ()


def shown(value: object) -> Markup:
    """A value as HTML: markup as it is, all else escaped."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def element(name: str, *content: object, **attributes: str) -> Markup:
    """An element; `class_` is how Python lets the attribute `class` be written."""
    written = "".join(
        f' {attribute.rstrip("_")}="{escape(value)}"' for attribute, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{joined(content)}</{name}>")


def joined(pieces: Iterable[object]) -> Markup:
    """Several pieces in a row."""
    return Markup("".join(shown(piece) for piece in pieces))


def link(address: str, text: object) -> Markup:
    """A link."""
    return element("a", text, href=address)


def table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> Markup:
    """A table; of no rows, a line that says so."""
    lines = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    if not lines:
        return element("p", "Nothing yet.")
    head = element("tr", *(element("th", title) for title in titles))
    return element("table", element("thead", head), element("tbody", *lines))


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """A table of names and values, without those that are empty."""
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in pairs
        if value not in {None, ""}
    ]
    return element("table", element("tbody", *rows))


def page(title: str, *content: object, changes: bool = False) -> bytes:
    """A whole document.

    Args:
        title: of the page.
        content: of its body.
        changes: whether it is worth while to look again.
    """
    again = f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if changes else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">{again}'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body>{element('h1', title)}{joined(content)}</body></html>\n"
    ).encode()
