"""Download names made from hostile ones."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scribe import file_names

HOSTILE = st.one_of(
    st.text(min_size=1, max_size=400),
    st.text(st.sampled_from("\"\\/\r\n\0\u202e\u2066;%'. .é😀a"), min_size=1, max_size=400),
)


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [
        ("Interview.mp3", "Interview.txt"),
        ("my talk + notes.final.m4a", "my talk + notes.final.txt"),
        ("Mañana «1».wav", "Mañana «1».txt"),
        ("J. Smith at 9.30 today", "J. Smith at 9.30 today.txt"),
        ("😀 party.ogg", "😀 party.txt"),
        ('a"b;c%41.mp3', "a_b_c_41.txt"),
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\me\\talk.wav", "talk.txt"),
        ("x\r\nSet-Cookie: a=b.mp3", "x Set-Cookie_ a=b.txt"),
        ("gpj.\u202egnp.mp3", "gpj.gnp.txt"),
        ("CON.mp3", "_CON.txt"),
        (".mp3", "mp3.txt"),
        ("...", "transcript.txt"),
        ("\u200b", "transcript.txt"),
    ],
)
def test_the_name_still_looks_like_the_users(file_name: str, expected: str) -> None:
    assert file_names.for_download(file_name, "txt") == expected


@given(HOSTILE)
@example("a" * 400)
@example("😀" * 100)
def test_any_name_becomes_a_safe_one(file_name: str) -> None:
    name = file_names.for_download(file_name, "json")

    assert name.endswith(".json")
    assert 6 <= len(name.encode()) <= 206
    assert not set(name) & set('<>:"|?*%;\\/')
    assert all(unicodedata.category(character)[0] != "C" for character in name)
    assert name == name.strip(" .")


@given(HOSTILE)
def test_the_header_is_one_line_of_ascii_that_gives_the_name_back(file_name: str) -> None:
    name = file_names.for_download(file_name, "srt")
    header = file_names.content_disposition(name)

    match = re.fullmatch(
        r"""attachment; filename="([ !#$&-.0-9=@-\[\]-~]*)"; filename\*=UTF-8''([\w.~%-]+)""",
        header,
        re.ASCII,
    )
    assert match, header
    assert unquote(match[2]) == name
    assert match[1].endswith(".srt")
