"""An execution's history says where it is, what it took and how it failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import yaml

from commands.platform import ROOT
from commands.transcribe.history import STEPS, read

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind: str, second: float, **details: object) -> HistoryEventTypeDef:
    moment = BEGIN + timedelta(seconds=second)
    return cast("HistoryEventTypeDef", {"type": kind, "id": 1, "timestamp": moment} | details)


def entered(name: str, second: float) -> HistoryEventTypeDef:
    return event("TaskStateEntered", second, stateEnteredEventDetails={"name": name})


def exited(name: str, second: float) -> HistoryEventTypeDef:
    return event("TaskStateExited", second, stateExitedEventDetails={"name": name})


BEGINNING = [
    event("ExecutionStarted", 0),
    entered("PrepareAudio", 0),
    exited("PrepareAudio", 2.5),
    entered("LanguageKnown?", 2.5),
    exited("LanguageKnown?", 2.5),
    entered("TranscribeChunks", 3),
    event("MapStateStarted", 3, mapStateStartedEventDetails={"length": 4}),
    entered("TranscribeOnFleet", 3),
]


def test_an_execution_without_events_waits() -> None:
    assert (read([]).step, read([]).done) == ("waiting", 0.0)


def test_chunks_are_counted_while_they_are_transcribed() -> None:
    history = read([*BEGINNING, event("MapIterationSucceeded", 9)])

    assert history.step == "transcribing 1/4"
    assert STEPS["TranscribeChunks"][1] < history.done < STEPS["AssembleTranscript"][1]
    assert history.ended is None


def test_each_step_has_its_seconds() -> None:
    history = read([*BEGINNING, exited("TranscribeChunks", 13), entered("AssembleTranscript", 13)])

    assert history.step == "assembling"
    assert history.seconds == {"PrepareAudio": 2.5, "TranscribeChunks": 10.0}


def test_a_failure_has_its_name_and_its_cause() -> None:
    details = {"error": "NoAudioTrack", "cause": "no audio"}
    history = read([*BEGINNING, event("ExecutionFailed", 5, executionFailedEventDetails=details)])

    assert history.error == ("NoAudioTrack", "no audio")
    assert history.ended == BEGIN + timedelta(seconds=5)


def test_a_time_out_is_named_after_its_event() -> None:
    assert read([event("ExecutionTimedOut", 9)]).error == ("ExecutionTimedOut", "")


def test_progress_never_goes_back_along_the_way() -> None:
    shares = [share for _, share in STEPS.values()]

    assert shares == sorted(shares)


def test_every_step_is_a_state_of_the_machine() -> None:
    text = (ROOT / "statemachines" / "transcription.asl.yml").read_text()

    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's own tags as plain values."""

    Loader.add_multi_constructor("!", lambda loader, _suffix, node: loader.construct_scalar(node))
    machine = yaml.load(text, Loader)  # noqa: S506  # a SafeLoader

    assert set(STEPS) <= machine["States"].keys()
