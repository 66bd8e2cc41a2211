"""Each file of a run gets transcripts of its own, whatever its name."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from commands.transcribe.outputs import stems


def test_a_transcript_is_named_as_its_file() -> None:
    assert stems([Path("a/talk.mp3"), Path("b/Señor + “x”.wav")]) == ["talk", "Señor + “x”"]


def test_files_of_one_stem_do_not_overwrite_one_another() -> None:
    assert stems([Path("talk.mp3"), Path("b/talk.wav"), Path("TALK.ogg")]) == [
        "talk",
        "talk-2",
        "TALK-3",
    ]


def test_a_number_does_not_take_the_name_that_another_file_brings() -> None:
    assert stems([Path("talk.mp3"), Path("talk.wav"), Path("talk-2.mp3")]) == [
        "talk",
        "talk-3",
        "talk-2",
    ]


file_names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12
).filter(lambda name: name not in {".", ".."})


@given(st.lists(file_names, min_size=1, max_size=8))
def test_no_two_names_are_equal_even_without_letter_case(names: list[str]) -> None:
    chosen = stems([Path(name) for name in names])

    assert len({stem.casefold() for stem in chosen}) == len(names)
    assert all("/" not in stem and stem for stem in chosen)
