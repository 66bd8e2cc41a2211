"""Job ids: their form, their order, their examples from the specification."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import ulid

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.binary(min_size=10, max_size=10)


@given(MILLISECONDS, RANDOMNESS)
def test_an_id_has_26_characters_of_the_alphabet(milliseconds: int, randomness: bytes) -> None:
    assert re.fullmatch(ulid.PATTERN, ulid.create(milliseconds, randomness))


@given(MILLISECONDS, MILLISECONDS, RANDOMNESS, RANDOMNESS)
def test_ids_sort_by_their_time(first: int, second: int, one: bytes, other: bytes) -> None:
    if first < second:
        assert ulid.create(first, one) < ulid.create(second, other)


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_different_bytes_make_different_ids(one: bytes, other: bytes) -> None:
    assert (ulid.from_bytes(one) == ulid.from_bytes(other)) == (one == other)


def test_the_largest_id_is_that_of_the_specification() -> None:
    assert ulid.from_bytes(b"\xff" * 16) == "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"


def test_the_time_is_the_first_ten_characters() -> None:
    assert ulid.create(1469918176385, bytes(10)) == "01ARYZ6S410000000000000000"


@pytest.mark.parametrize("length", [0, 15, 17])
def test_any_other_number_of_bytes_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"not {length}"):
        ulid.from_bytes(bytes(length))
