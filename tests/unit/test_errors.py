"""The tree of errors, and that its picture is the truth."""

from __future__ import annotations

import re

from scribe import errors


def test_the_tree_in_the_docstring_names_exactly_the_classes() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    assert sorted(drawn) == sorted([*errors.BY_NAME, "PermanentError", "TransientError"])


def test_the_tree_draws_each_error_below_its_own_branch() -> None:
    permanent, transient = (errors.__doc__ or "").split("TransientError  ")

    assert {*re.findall(r"│   [├└]── (\w+)", permanent)} == {
        error.__name__ for error in errors.PERMANENT
    }
    assert {*re.findall(r"    [├└]── (\w+)", transient)} == {
        error.__name__ for error in errors.TRANSIENT
    }


def test_an_error_is_either_permanent_or_transient() -> None:
    assert not {*errors.PERMANENT} & {*errors.TRANSIENT}
    assert errors.BY_NAME["AudioTooLong"] is errors.AudioTooLong


def test_each_error_says_in_a_sentence_what_happened() -> None:
    for error in errors.BY_NAME.values():
        assert (error.__doc__ or "").strip().endswith("."), error.__name__
