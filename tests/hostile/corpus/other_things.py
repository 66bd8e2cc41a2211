"""Files that are no recordings at all, and recordings that are something else besides."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from scribe.errors import AudioEmpty, AudioUnreadable, NoAudioTrack

from tests.hostile import riff
from tests.hostile.case import SINE, Case, Heard, Refused, constant
from tests.unit.audio_support import tone, wav

if TYPE_CHECKING:
    from tests.hostile.case import Workshop

_MEBIBYTE: Final = 1 << 20


def picture(width: int, height: int) -> bytes:
    """A PNG that claims that size and holds one row."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + zlib.crc32(name + body).to_bytes(4)

    form = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    row = zlib.compress(bytes(1 + 3 * min(width, 1000)))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", form)
    return start + chunk(b"IDAT", row) + chunk(b"IEND", b"")


def _svg(shop: Workshop) -> bytes:
    file = f"file://{shop.canary_file}"
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY all SYSTEM "{file}">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="{shop.canary_url}"/><image xlink:href="{file}"/>'
        "<text>&all;</text></svg>"
    ).encode()


def _zip(body: bytes, *, layers: int = 1) -> bytes:
    for _ in range(layers):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("recording.wav", body)
        body = file.getvalue()
    return body


def _tar(body: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("../../etc/recording.wav")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    return file.getvalue()


def _pictures_only(shop: Workshop) -> bytes:
    return shop.ffmpeg("film.mp4", *SINE, "testsrc=d=1:s=64x64:r=5")


def _subtitles_only(shop: Workshop) -> bytes:
    text = shop.folder / "words.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\n<b>Hello</b>\n")
    return shop.ffmpeg("words.mkv", "-i", str(text))


_RECORDING: Final = wav(tone(1))
_UNREADABLE: Final = Refused(AudioUnreadable)

OTHER_THINGS: Final = (
    Case("nothing", "there is nothing to probe", constant(b""), Refused(AudioEmpty)),
    Case("a single byte", "there is hardly more", constant(b"\0"), _UNREADABLE),
    Case(
        "a mebibyte of zeros",
        "MPEG demuxers search it for a beginning",
        constant(bytes(_MEBIBYTE)),
        _UNREADABLE,
    ),
    Case(
        "a text", "the commonest mistake", constant(b"Dear all, please find \n" * 99), _UNREADABLE
    ),
    Case("a PNG", "a picture", constant(picture(1, 1)), _UNREADABLE),
    Case(
        "a PNG of 16 gigapixels",
        "to decode it takes 48 GB",
        constant(picture(131_071, 131_071)),
        _UNREADABLE,
    ),
    Case("an SVG with references", "a renderer would read them", _svg, _UNREADABLE, "talk.svg"),
    Case(
        "a GIF",
        "ffmpeg has a demuxer for it",
        constant(b"GIF89a\1\0\1\0\x80\0\0" + bytes(6) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
        _UNREADABLE,
    ),
    Case("a zip of a recording", "it could be unpacked", constant(_zip(_RECORDING)), _UNREADABLE),
    Case(
        "a zip bomb",
        "unpacked five times it is 64 MiB",
        constant(_zip(bytes(64 * _MEBIBYTE), layers=5)),
        _UNREADABLE,
    ),
    Case(
        "a tar with a path in its name",
        "it could be unpacked",
        constant(_tar(_RECORDING)),
        _UNREADABLE,
    ),
    Case(
        "a gzip bomb",
        "the http protocol can unpack such a body",
        constant(gzip.compress(bytes(64 * _MEBIBYTE), mtime=0)),
        _UNREADABLE,
    ),
    Case(
        "a program for Linux",
        "it must never run",
        constant(b"\x7fELF\2\1\1" + bytes(9) + b"\2\0\x3e\0" + bytes(200)),
        _UNREADABLE,
    ),
    Case(
        "a shell script", "it must never run", constant(b"#!/bin/sh\ntouch /tmp/run\n"), _UNREADABLE
    ),
    Case(
        "a PDF", "a document", constant(b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"), _UNREADABLE
    ),
    Case(
        "a web page",
        "as from a download that asked for a password",
        constant(b"<!doctype html><script>alert(1)</script><p>Please sign in"),
        _UNREADABLE,
    ),
    Case(
        "JSON nested 100,000 deep",
        "parsers that recurse overflow",
        constant(b"[" * 100_000),
        _UNREADABLE,
    ),
    Case("a film without sound", "there is nothing to hear", _pictures_only, Refused(NoAudioTrack)),
    Case("subtitles alone", "there is nothing to hear", _subtitles_only, Refused(NoAudioTrack)),
    Case(
        "a WAV that is a zip too",
        "each program sees what it wants",
        constant(_RECORDING + _zip(b"#!/bin/sh\n")),
        Heard(1),
    ),
    Case(
        "a WAV with a page inside",
        "browsers that sniff would run it",
        constant(
            riff.riff(
                riff.fmt(),
                riff.chunk(b"LIST", b"INFOICMT<script>alert(1)</script> "),
                riff.chunk(b"data", bytes(32_000)),
            )
        ),
        Heard(1),
    ),
)
