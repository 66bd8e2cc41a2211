"""Files that point to others: to a recording on this machine, and to an address."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Final

from scribe.errors import AudioEmpty, AudioUnreadable, NoAudioTrack

from tests.hostile import ebml, riff
from tests.hostile.boxes import Track, box, full_box, movie
from tests.hostile.case import SINE, Case, Heard, Refused
from tests.hostile.id3 import tag, tagged

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.case import Workshop

_SECOND: Final = bytes(32_000)

# Each holds {file}, {url} or {port}.
_PLAYLISTS: Final = {
    "an HLS playlist": (
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{file}\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n"
    ),
    "an HLS playlist whose key is a file": (
        '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{file}"\n#EXTINF:9,\n{url}\n#EXT-X-ENDLIST\n'
    ),
    "an HLS playlist of playlists": (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="{url}"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n{file}\n'
    ),
    "an HLS playlist with ffmpeg's own protocols": (
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
        "#EXTINF:9,\nsubfile,,start,0,end,999,,:{file}\n#EXTINF:9,\nconcat:{file}|{url}\n"
        "#EXTINF:9,\ndata:audio/wav;base64,{wav}\n#EXTINF:9,\ncrypto+file:{file}\n"
        "#EXTINF:9,\ntcp://127.0.0.1:{port}\n#EXTINF:9,\ngopher://127.0.0.1:{port}/1\n"
        "#EXT-X-ENDLIST\n"
    ),
    "a DASH manifest": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="audio/wav">'
        '<Representation id="1" bandwidth="1"><BaseURL>{file}</BaseURL></Representation>'
        '<Representation id="2" bandwidth="2"><BaseURL>{url}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "an ffconcat script": "ffconcat version 1.0\nfile '{file}'\nfile '{url}'\n",
    "a concat list": "file '{file}'\nfile '{url}'\n",
    "an SDP description": (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n"
    ),
    "an M3U list": "#EXTM3U\n{file}\n{url}\n",
    "a PLS list": "[playlist]\nFile1={file}\nFile2={url}\nNumberOfEntries=2\n",
    "an XSPF list": (
        '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>'
        "<track><location>file://{file}</location></track>"
        "<track><location>{url}</location></track></trackList></playlist>"
    ),
    "a cue sheet": 'FILE "{file}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n',
    "an ASX list": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "an ASF reference": "[Reference]\nRef1={url}\nRef2=file://{file}\n",
    "a SMIL presentation": '<smil><body><audio src="{url}"/><audio src="{file}"/></body></smil>',
    "a QuickTime text link": "RTSPtext\n{url}\n",
    "a smooth-streaming manifest": (
        '<SmoothStreamingMedia MajorVersion="2" Duration="9"><StreamIndex Type="audio" '
        'Url="{url}"><QualityLevel Index="0"/></StreamIndex></SmoothStreamingMedia>'
    ),
    "a filter graph": "amovie=filename={file}",
    "an AviSynth script": 'WavSource("{file}")\n',
    "metadata for ffmpeg": ";FFMETADATA1\ntitle={file}\n",
    "a shortcut": "[InternetShortcut]\nURL={url}\n",
}
_UNDERSTOOD: Final = (
    "an HLS playlist",
    "an HLS playlist with ffmpeg's own protocols",
    "a DASH manifest",
    "an ffconcat script",
    "a concat list",
    "an SDP description",
)
"""Those that ffmpeg would follow, given the chance."""


def _filled(text: str, shop: Workshop) -> bytes:
    wav = base64.b64encode(riff.recording(_SECOND)).decode()
    return text.format(
        file=shop.canary_file, url=shop.canary_url, port=shop.canary_port, wav=wav
    ).encode()


def _playlist(text: str) -> Callable[[Workshop], bytes]:
    return lambda shop: _filled(text, shop)


def _behind_a_tag(text: str) -> Callable[[Workshop], bytes]:
    return lambda shop: tag(b"TIT2", b"\0A song") + _filled(text, shop)


def _in_an_mp3(shop: Workshop) -> bytes:
    comment = b"\0eng\0" + _filled(_PLAYLISTS["an HLS playlist"], shop)
    return tag(b"COMM", comment) + _mp3(shop)


def _mp3_with_links(shop: Workshop) -> bytes:
    url = shop.canary_url.encode()
    frames = {b"WXXX": b"\0\0" + url, b"APIC": b"\0-->\0\3\0" + url, b"LINK": b"APIC" + url}
    return tagged(frames) + _mp3(shop)


def _mp3(shop: Workshop) -> bytes:
    return shop.ffmpeg("plain.mp3", *SINE, "sine=d=1:r=16000", "-write_xing", "0")


def _alias(shop: Workshop) -> bytes:
    """A track whose samples lie in another file, as QuickTime says it."""
    path = str(shop.canary_file).encode()
    name = shop.canary_file.name.encode()
    reference = full_box(
        b"alis",
        bytes(10) + b"\4disk".ljust(28, b"\0") + bytes(12),
        bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16),
        struct.pack(">HH", 1, 1) + bytes(16),
        struct.pack(">HH", 2, len(path)) + path + struct.pack(">HH", 0xFFFF, 0),
    )
    return movie(b"", Track(16_000, reference=reference))


def _address(shop: Workshop) -> bytes:
    """A track whose samples lie at an address, as MP4 says it."""
    return movie(b"", Track(16_000, reference=full_box(b"url ", shop.canary_url.encode() + b"\0")))


def _reference_movie(shop: Workshop) -> bytes:
    url = shop.canary_url.encode() + b"\0"
    reference = full_box(b"rdrf", b"url ", struct.pack(">I", len(url)), url)
    return box(b"ftyp", b"qt  ", bytes(4)) + box(b"moov", box(b"rmra", box(b"rmda", reference)))


def _linked_segment(shop: Workshop) -> bytes:
    before = ebml.element(ebml.PREVIOUS_FILE, str(shop.canary_file).encode())
    tracks = ebml.element(ebml.TRACKS, ebml.track())
    return ebml.matroska(tracks, ebml.cluster(0, ebml.block(_SECOND)), info=before)


POINTERS: Final = (
    *(
        Case(name, "its entries are read in its place", _playlist(text), Refused(AudioUnreadable))
        for name, text in _PLAYLISTS.items()
    ),
    *(
        Case(
            f"{name} behind an ID3 tag, called a WAV",
            "ffmpeg skips such a tag before it looks what a file is",
            _behind_a_tag(_PLAYLISTS[name]),
            Refused(AudioUnreadable),
            file_name="song.wav",
        )
        for name in _UNDERSTOOD
    ),
    Case(
        "an MP3 with a playlist in its comment",
        "a loose look would find the playlist",
        _in_an_mp3,
        Heard(1, within=0.1),
    ),
    Case(
        "an MP3 whose cover is a link",
        "the cover would be fetched",
        _mp3_with_links,
        Heard(1, within=0.1),
    ),
    Case(
        "a QuickTime track that lies in another file",
        "the other file would be read",
        _alias,
        Refused(AudioEmpty),
        file_name="film.mov",
    ),
    Case(
        "an MP4 track that lies at an address",
        "the address would be reached; what follows is taken for the samples instead",
        _address,
        Heard(0, within=0.1),
        file_name="film.mp4",
    ),
    Case(
        "a QuickTime reference movie",
        "players follow it",
        _reference_movie,
        Refused(NoAudioTrack),
        file_name="film.mov",
    ),
    Case(
        "a Matroska segment that continues a file",
        "players open the file before it",
        _linked_segment,
        Heard(1),
        file_name="talk.mka",
    ),
)
