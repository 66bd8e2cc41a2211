"""Hostile and odd files: how their jobs end, what ffmpeg does over them, what they may take."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING, Final

import pytest
from scribe import schemas
from scribe.adapters.ffmpeg import DECODER
from scribe.errors import PermanentError

from tests.hostile.case import Heard, Outcome, Refused
from tests.hostile.corpus import CORPUS
from tests.hostile.watch import Watch, run_unguarded
from tests.unit.audio_support import FFMPEGS, tone, wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.hostile.case import Case, Workshop
    from tests.hostile.conftest import Canary, Platform

PROCESSOR_SECONDS: Final = 60
"""Far more than any case takes to be made, decoded and encoded; a tenth of the decoder's limit."""
OF_THE_ALLOCATOR: Final = "/proc/sys/vm/overcommit_memory"
"""Read by the C library before it gives much memory back."""


@pytest.fixture(name="program", scope="module", params=FFMPEGS, ids=["system", "static"])
def _program(request: pytest.FixtureRequest) -> str:
    path: str = request.param
    return path


@pytest.fixture(name="watch")
def _watch(program: str, tmp_path: Path, *, strace: bool) -> Iterator[Watch]:
    with Watch.over(program, tmp_path, strace=strace) as watched:
        yield watched


@pytest.fixture(name="usual", scope="module")
def _usual(
    platform: Platform, program: str, tmp_path_factory: pytest.TempPathFactory, *, strace: bool
) -> set[str]:
    """The files that ffmpeg opens whatever it reads: its libraries, and what they look up."""
    with Watch.over(program, tmp_path_factory.mktemp("usual"), strace=strace) as watched:
        platform.prepare(str(watched.program), wav(tone(1)), "recording.wav")
        return watched.opened | {OF_THE_ALLOCATOR}


def outcome(platform: Platform, ffmpeg: str, body: bytes, file_name: str) -> Outcome:
    try:
        preparation = platform.prepare(ffmpeg, body, file_name)
    except PermanentError as error:
        return Refused(type(error))
    schemas.validate("preparation", preparation)
    return Heard(preparation["duration_seconds"])


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_a_hostile_file_ends_as_it_should_and_reaches_nothing(
    *,
    case: Case,
    platform: Platform,
    watch: Watch,
    usual: set[str],
    workshop: Workshop,
    canary: Canary,
    disk: Path,
) -> None:
    body = case.make(workshop)
    visits, used = canary.visits, processor_seconds()

    ended = outcome(platform, str(watch.program), body, case.file_name)

    if isinstance(case.expected, Heard):
        assert isinstance(ended, Heard), ended
        assert ended.seconds == pytest.approx(case.expected.seconds, abs=case.expected.within)
    else:
        assert ended == case.expected
    assert canary.visits == visits
    assert list(disk.iterdir()) == []
    assert processor_seconds() - used < PROCESSOR_SECONDS
    # Of the largest process so far; the kernel counts in KiB.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < DECODER.memory_bytes
    if not watch.sees:
        pytest.skip("strace is missing here: which files and addresses were tried was not seen")
    if body:
        assert watch.ran == [watch.watched]
        assert watch.reached == {watch.given}
    assert watch.opened <= usual
    assert watch.changed == set()


def test_an_ffmpeg_without_guards_is_seen_to_follow_a_playlist(
    watch: Watch, workshop: Workshop, canary: Canary
) -> None:
    """What the other tests rely on: watch and canary notice."""
    playlist, written = workshop.folder / "list.txt", workshop.folder / "out.wav"
    playlist.write_text(f"file '{workshop.canary_file}'\nfile '{workshop.canary_url}'\n")
    visits = canary.visits

    run_unguarded(watch, playlist, written)

    assert canary.visits > visits
    if not watch.sees:
        pytest.skip("strace is missing here")
    assert str(workshop.canary_file) in watch.opened
    assert str(written) in watch.changed
    assert any(f"htons({workshop.canary_port})" in address for address in watch.reached)
