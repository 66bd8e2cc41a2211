"""Which windows are decoded again, in which order and how; and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worker.evidence import Evidence
from worker.gates import Gates
from worker.second_tries import TEMPERATURES, SecondTries, Way
from worker.verdicts import Heard, Missing, Verdict, gaps, speech_seconds
from worker.windows import Window

Script = Callable[[Window, Way], Evidence]

SOUND = "We will meet again on Tuesday."
LOOP = "Aye " * 60
MOST_TRIES = 2 + 2 + 2 * len(TEMPERATURES)
"""Of one window: with hot words and without, its halves, and the samples of each half."""


def answer(text: str = SOUND, log_probability: float = -0.2, **more: float) -> Evidence:
    return Evidence(
        text=text,
        token_count=int(more.get("tokens", 10)),
        token_limit=224,
        mean_log_probability=log_probability,
        no_speech_probability=more.get("no_speech", 0.05),
        language="en",
    )


class ScriptedDecoder:
    """Answers as the script says and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.passes: list[tuple[float, bool, list[float]]] = []
        self.languages: list[str | None] = []

    def decode(self, windows: Sequence[Window], way: Way) -> list[Evidence]:
        starts = [window.start for window in windows]
        self.passes.append((way.temperature, way.uses_hot_words, starts))
        self.languages.extend(window.language for window in windows)
        return [
            replace(self._script(window, way), temperature=way.temperature) for window in windows
        ]


def window(start: float, seconds: float = 4.0) -> Window:
    return Window(((start, start + seconds),))


def cut_in_the_middle(whole: Window) -> tuple[Window, Window] | None:
    if whole.end - whole.start < 3:
        return None
    middle = (whole.start + whole.end) / 2
    return (
        replace(whole, speech=((whole.start, middle),)),
        replace(whole, speech=((middle, whole.end),)),
    )


def hear(
    script: Script, *windows: Window, hot_words: Sequence[str] = ()
) -> tuple[list[Verdict], ScriptedDecoder]:
    decoder = ScriptedDecoder(script)
    tries = SecondTries(decoder, Gates(), hot_words, cut_in_the_middle)
    return tries.hear(windows), decoder


def test_what_passes_is_decoded_once() -> None:
    verdicts, decoder = hear(lambda *_: answer(), window(0), window(5))
    assert decoder.passes == [(0.0, False, [0, 5])]
    assert verdicts == [Heard(window(0), answer()), Heard(window(5), answer())]


def test_without_windows_nothing_is_decoded() -> None:
    verdicts, decoder = hear(lambda *_: answer())
    assert (verdicts, decoder.passes) == ([], [])


def test_only_the_failed_window_is_halved_and_keeps_its_place() -> None:
    def script(heard: Window, _: Way) -> Evidence:
        is_whole = heard.end - heard.start > 2
        return answer(LOOP) if heard.start == 5 and is_whole else answer()

    verdicts, decoder = hear(script, window(0), window(5), window(10))
    assert decoder.passes == [(0.0, False, [0, 5, 10]), (0.0, False, [5, 7])]
    assert [verdict.window.start for verdict in verdicts] == [0, 5, 7, 10]
    assert all(isinstance(verdict, Heard) and not verdict.doubts for verdict in verdicts)


def test_a_half_is_told_the_language_of_its_whole() -> None:
    _, decoder = hear(
        lambda heard, _: answer(LOOP) if heard.end - heard.start > 2 else answer(), window(0)
    )
    assert decoder.languages == [None, "en", "en"]


def test_what_still_fails_is_sampled_until_it_passes() -> None:
    def script(heard: Window, way: Way) -> Evidence:
        return answer() if way.temperature >= 0.4 or heard.start == 2 else answer(LOOP)

    verdicts, decoder = hear(script, window(0, 2), window(2, 2), window(4, 2))
    assert decoder.passes == [
        (0.0, False, [0, 2, 4]),
        (0.2, False, [0, 4]),
        (0.4, False, [0, 4]),
    ]
    assert [v.evidence.temperature for v in verdicts if isinstance(v, Heard)] == [0.4, 0.0, 0.4]


def test_a_loop_that_nothing_breaks_ends_as_a_gap() -> None:
    verdicts, decoder = hear(lambda *_: answer(LOOP), window(0, 2))
    assert verdicts == [Missing(window(0, 2), "repetition")]
    assert [temperature for temperature, *_ in decoder.passes] == [0.0, *TEMPERATURES]


def test_an_unlikely_text_is_kept_as_doubtful_in_its_likeliest_form() -> None:
    likeliest = {0.0: -1.6, 0.2: -1.2, 0.4: -1.5, 0.6: -2.5, 0.8: -3.0}
    (verdict,), _ = hear(
        lambda _, way: answer(f"try {way.temperature}", likeliest[way.temperature]), window(0, 2)
    )
    assert isinstance(verdict, Heard)
    assert (verdict.evidence.text, verdict.doubts) == ("try 0.2", ("low_probability",))


def test_a_text_that_is_cut_off_and_unlikely_is_doubtful_for_both() -> None:
    (verdict,), _ = hear(lambda *_: answer(SOUND, -1.5, tokens=224), window(0, 2))
    assert isinstance(verdict, Heard)
    assert verdict.doubts == ("low_probability", "token_limit")


def test_a_hopeless_text_is_a_gap() -> None:
    verdicts, _ = hear(lambda *_: answer(SOUND, -2.5), window(0, 2))
    assert verdicts == [Missing(window(0, 2), "low_probability")]


def test_a_cut_off_text_that_is_hopeless_too_is_missing_for_being_unlikely() -> None:
    verdicts, _ = hear(lambda *_: answer(SOUND, -2.5, tokens=224), window(0, 2))
    assert verdicts == [Missing(window(0, 2), "low_probability")]


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (answer("Hm.", -1.5, no_speech=0.9), "no_speech"),
        (answer(""), "no_speech"),
        (answer("Thanks for watching!", no_speech=0.5), "phantom"),
    ],
)
def test_where_nobody_is_heard_nothing_is_sampled(evidence: Evidence, reason: str) -> None:
    verdicts, decoder = hear(lambda *_: evidence, window(0))
    assert [temperature for temperature, *_ in decoder.passes] == [0.0, 0.0]
    assert [v.reason for v in verdicts if isinstance(v, Missing)] == [reason, reason]
    assert gaps(verdicts) == [{"start": 0, "end": 4, "reason": reason}]
    assert speech_seconds(verdicts) == 0


def test_an_invented_phrase_is_not_acquitted_by_saying_it_in_half_the_time() -> None:
    thanks = answer("Thank you for listening.")
    verdicts, _ = hear(lambda *_: thanks, window(0, 6))
    assert gaps(verdicts) == [{"start": 0, "end": 6, "reason": "phantom"}]


def test_an_invented_phrase_in_one_window_after_the_other_is_suspect() -> None:
    thanks = answer("Thank you for listening.")
    alone, _ = hear(lambda *_: thanks, window(0, 2))
    assert alone == [Heard(window(0, 2), thanks)]
    twice, _ = hear(lambda *_: thanks, window(0, 2), window(30, 2))
    assert [type(verdict) for verdict in twice] == [Missing, Missing]


def test_other_words_may_be_said_twice() -> None:
    verdicts, decoder = hear(lambda *_: answer(), window(0, 2), window(5, 2))
    assert verdicts == [Heard(window(0, 2), answer()), Heard(window(5, 2), answer())]
    assert len(decoder.passes) == 1


def test_words_hidden_behind_an_invented_phrase_are_found_in_its_halves() -> None:
    phantom = answer("Thanks for watching!", no_speech=0.5)
    verdicts, _ = hear(lambda heard, _: answer() if heard.start == 2 else phantom, window(0))
    assert [type(verdict) for verdict in verdicts] == [Missing, Heard]


def test_a_window_with_nothing_but_the_vocabulary_is_decoded_without_it_first() -> None:
    def script(_: Window, way: Way) -> Evidence:
        return answer("Okonkwo") if way.uses_hot_words else answer("I go to")

    verdicts, decoder = hear(script, window(0), hot_words=["Okonkwo"])
    assert decoder.passes == [(0.0, True, [0]), (0.0, False, [0])]
    assert verdicts == [Heard(window(0), answer("I go to"))]


def test_the_same_words_without_the_vocabulary_stand() -> None:
    verdicts, decoder = hear(lambda *_: answer("Okonkwo"), window(0), hot_words=["Okonkwo"])
    assert len(decoder.passes) == 2
    assert verdicts == [Heard(window(0), answer("Okonkwo"))]


def test_the_vocabulary_said_by_nobody_is_a_gap_of_its_own() -> None:
    def script(_: Window, way: Way) -> Evidence:
        return answer("Okonkwo") if way.uses_hot_words else answer("")

    verdicts, decoder = hear(script, window(0), hot_words=["Okonkwo"])
    assert len(decoder.passes) == 2
    assert verdicts == [Missing(window(0), "vocabulary_only")]


def test_a_loop_under_a_vocabulary_is_tried_without_it_and_its_halves_stay_without() -> None:
    verdicts, decoder = hear(
        lambda heard, _: answer(LOOP) if heard.end - heard.start > 2 else answer(),
        window(0),
        window(5, 2),
        hot_words=["Okonkwo"],
    )
    assert decoder.passes == [
        (0.0, True, [0, 5]),
        (0.0, False, [0]),
        (0.0, False, [0, 2]),
    ]
    assert len(verdicts) == 3


def test_other_failures_keep_the_vocabulary() -> None:
    _, decoder = hear(lambda *_: answer(SOUND, -1.5), window(0, 2), hot_words=["Okonkwo"])
    assert {uses_hot_words for _, uses_hot_words, _ in decoder.passes} == {True}


def test_a_text_with_too_few_words_gives_way_to_one_with_more() -> None:
    def script(heard: Window, _: Way) -> Evidence:
        return answer("So let us begin.") if heard.end - heard.start > 10 else answer()

    verdicts, decoder = hear(script, window(0, 20))
    assert [v.evidence.text for v in verdicts if isinstance(v, Heard)] == [SOUND, SOUND]
    assert len(decoder.passes) == 2


def test_a_text_with_too_few_words_stands_when_listening_twice_brings_no_more() -> None:
    def script(heard: Window, _: Way) -> Evidence:
        return answer("So let us begin.") if heard.end - heard.start > 10 else answer("So")

    verdicts, decoder = hear(script, window(0, 20))
    assert verdicts == [Heard(window(0, 20), answer("So let us begin."))]
    assert len(decoder.passes) == 2


def test_invented_words_in_the_halves_do_not_count_as_more() -> None:
    def script(heard: Window, _: Way) -> Evidence:
        return answer("So.") if heard.end - heard.start > 10 else answer(LOOP)

    verdicts, _ = hear(script, window(0, 20))
    assert verdicts == [Heard(window(0, 20), answer("So."))]


def test_sound_that_nobody_claims_to_be_speech_is_decoded_once_and_kept_if_it_passes() -> None:
    heard = {0: answer(SOUND, -1.5), 5: answer(), 10: answer("Thank you for listening.")}
    decoder = ScriptedDecoder(lambda window, _: heard[int(window.start)])
    tries = SecondTries(decoder, Gates(), (), cut_in_the_middle)
    kept = tries.hear([], [window(0), window(5), window(10)])
    assert kept == [Heard(window(5), answer())]
    assert len(decoder.passes) == 1


def test_what_nobody_claimed_stands_at_its_time_among_the_others() -> None:
    decoder = ScriptedDecoder(lambda *_: answer())
    tries = SecondTries(decoder, Gates(), (), cut_in_the_middle)
    verdicts = tries.hear([window(0), window(10)], [window(5)])
    assert [verdict.window.start for verdict in verdicts] == [0, 5, 10]


texts = st.sampled_from([SOUND, LOOP, "", "Okonkwo", "Thanks for watching!", "So."])
answers = st.builds(
    answer, texts, st.floats(-3, 0), no_speech=st.floats(0, 1), tokens=st.sampled_from([10, 224])
)


@given(st.data(), st.lists(st.floats(0.5, 30), max_size=5), st.sampled_from([(), ("Okonkwo",)]))
def test_whatever_the_decoder_answers_it_ends_and_every_second_has_one_verdict(
    data: st.DataObject, lengths: list[float], hot_words: Sequence[str]
) -> None:
    starts = [31.0 * place for place in range(len(lengths))]
    windows = [window(*pair) for pair in zip(starts, lengths, strict=True)]
    verdicts, decoder = hear(lambda *_: data.draw(answers), *windows, hot_words=hot_words)
    decoded = sum(len(asked) for *_, asked in decoder.passes)
    assert decoded <= MOST_TRIES * len(windows)
    assert sum(verdict.window.speech_seconds for verdict in verdicts) == pytest.approx(sum(lengths))
    assert [v.window.start for v in verdicts] == sorted(v.window.start for v in verdicts)
    for verdict in verdicts:
        if isinstance(verdict, Heard):
            assert not Gates().is_hopeless(verdict.evidence) or not verdict.doubts
