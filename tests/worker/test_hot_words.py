"""Which terms of a vocabulary the model is told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scribe import vocabulary
from worker import hot_words


def by_letters(prompt: str) -> int:
    return len(prompt)


def test_terms_that_fit_are_told_in_their_order() -> None:
    chosen = hot_words.choose("Okonkwo; Nakuru\nKubernetes", by_letters, room=100)
    assert chosen.prompt == "Okonkwo, Nakuru, Kubernetes"
    assert chosen.use == {
        "text": "Okonkwo; Nakuru\nKubernetes",
        "token_count": len("Okonkwo, Nakuru, Kubernetes"),
        "dropped": [],
    }


def test_a_term_without_room_is_reported_and_a_shorter_one_after_it_is_told() -> None:
    chosen = hot_words.choose("Okonkwo, a very long name, Ada", by_letters, room=12)
    assert chosen.terms == ("Okonkwo", "Ada")
    assert chosen.use["dropped"] == ["a very long name"]


def test_no_vocabulary_is_no_prompt() -> None:
    chosen = hot_words.choose(" ;, ", by_letters, room=100)
    assert chosen.prompt is None
    assert chosen.use["token_count"] == 0


@given(st.text(st.sampled_from("ab ,;\n"), max_size=60), st.integers(0, 30))
def test_no_term_is_cut_or_lost_and_the_prompt_fits(text: str, room: int) -> None:
    chosen = hot_words.choose(text, by_letters, room)
    told, dropped = list(chosen.terms), chosen.use["dropped"]
    assert sorted([*told, *dropped]) == sorted(vocabulary.terms(text))
    assert len(chosen.prompt or "") == chosen.use["token_count"] <= room
