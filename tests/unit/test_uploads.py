"""Into which parts a recording is cut, and when they are all there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import uploads
from scribe.uploads import Part, PartsDiffer, PartsMissing

if TYPE_CHECKING:
    from scribe.jobs import UploadPlan

MEBIBYTE = 1024 * 1024
SMALLEST_OF_S3 = 5 * MEBIBYTE
LARGEST_OF_S3 = 5 * 1024 * 1024 * MEBIBYTE

sizes_in_parts = st.integers(uploads.SINGLE_PUT_BYTES + 1, LARGEST_OF_S3)


def plan_of(size_bytes: int) -> UploadPlan:
    return {
        "key": "user_2abc/01JD8Y0000000000000000000Z/audio.mp3",
        "content_type": "audio/mpeg",
        "size_bytes": size_bytes,
        "part_bytes": uploads.part_bytes(size_bytes),
        "upload_id": "upload",
    }


@given(sizes_in_parts)
def test_the_parts_are_the_whole_recording_and_s3_takes_each(size_bytes: int) -> None:
    sizes = uploads.part_sizes(plan_of(size_bytes))
    assert sum(sizes.values()) == size_bytes
    assert list(sizes) == list(range(1, len(sizes) + 1))
    assert len(sizes) <= 10_000
    *all_but_the_last, last = sizes.values()
    assert len(set(all_but_the_last)) == 1
    assert 0 < last <= all_but_the_last[0] <= 5 * 1024 * MEBIBYTE
    assert all_but_the_last[0] >= 8 * MEBIBYTE > SMALLEST_OF_S3


@given(st.integers(1, uploads.SINGLE_PUT_BYTES))
def test_a_small_recording_has_no_parts(size_bytes: int) -> None:
    assert uploads.part_bytes(size_bytes) is None
    assert uploads.part_sizes(plan_of(size_bytes)) == {}


@given(st.text(), st.text())
def test_an_extension_is_from_the_closed_list_whatever_the_names(
    file_name: str, content_type: str
) -> None:
    assert uploads.extension(file_name, content_type) in {*uploads._KNOWN, "bin"}


@pytest.mark.parametrize(
    ("file_name", "content_type", "extension"),
    [
        ("a.wav", "audio/mpeg", "mp3"),
        ("a.MP3", "application/octet-stream", "mp3"),
        ("a", "audio/webm;codecs=opus", "webm"),
        ("a.exe", "application/octet-stream", "bin"),
        ("a.tar.gz", "audio/x-unheard-of", "bin"),
        ("mp3", "audio/x-unheard-of", "mp3"),
    ],
)
def test_the_content_type_decides_and_then_the_name(
    file_name: str, content_type: str, extension: str
) -> None:
    assert uploads.extension(file_name, content_type) == extension


PLAN = plan_of(101 * MEBIBYTE)
STORED = [Part(number, f"etag-{number}", size) for number, size in uploads.part_sizes(PLAN).items()]
SAID = [(part.number, f'"{part.etag}"') for part in STORED]


def test_all_parts_with_or_without_quotes_are_all() -> None:
    uploads.require_all(PLAN, SAID, STORED)
    uploads.require_all(PLAN, [(part.number, part.etag) for part in STORED], reversed(STORED))


@given(st.sets(st.integers(1, 13), min_size=1), st.booleans())
def test_a_part_that_is_not_stored_or_not_named_is_missing(absent: set[int], stored: bool) -> None:  # noqa: FBT001  # drawn
    there = [part for part in STORED if stored or part.number not in absent]
    said = [pair for pair in SAID if not stored or pair[0] not in absent]
    with pytest.raises(PartsMissing) as refused:
        uploads.require_all(PLAN, said, there)
    assert set(refused.value.numbers) == absent


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ([*SAID[:3], (4, "other"), *SAID[4:]], STORED),
        ([*SAID, SAID[3]], STORED),
        (SAID, [*STORED[:3], Part(4, "etag-4", 1), *STORED[4:]]),
    ],
    ids=["another etag", "named twice", "another size"],
)
def test_a_part_that_is_another_differs(said: list[tuple[int, str]], stored: list[Part]) -> None:
    with pytest.raises(PartsDiffer) as refused:
        uploads.require_all(PLAN, said, stored)
    assert refused.value.numbers == (4,)


def test_a_number_that_the_upload_does_not_have_differs() -> None:
    with pytest.raises(PartsDiffer) as refused:
        uploads.require_all(PLAN, [*SAID, (14, "other")], STORED)
    assert refused.value.numbers == (14,)
