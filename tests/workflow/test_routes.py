"""The ways through the state machine: which states each kind of recording passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest
from scribe.errors import LanguageUnsupported, ShapeInvalid

from tests.template.template import Template, states
from tests.workflow.script import ASSEMBLE, DETECT, FIRST_CHUNK, PREPARE, Script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workflow.workflow import Execution, Workflow

BEGIN: Final = ("PrepareAudio", "LanguageKnown?")
END: Final = ("AssembleTranscript", "CompleteJob")
ON_FLEET: Final = ("TranscribeChunks", "Dispatch", "TranscribeOnFleet", "ChunkDone")
ON_TASK: Final = (
    "TranscribeChunks",
    "Dispatch",
    "TranscribeOnTask",
    "ReadOutcome",
    "Transcribed?",
)
DETECT_ON_FLEET: Final = ("DetectLanguage", "DetectOnFleet")
DETECT_ON_TASK: Final = ("DetectLanguage", "DetectOnTask", "ReadDetection", "Detected?")

ROUTES: Final = {
    ("fleet", "known"): (*BEGIN, *ON_FLEET, *END),
    ("fleet", "detected"): (*BEGIN, *DETECT_ON_FLEET, *ON_FLEET, *END),
    ("fleet", "one chunk"): (*BEGIN, *ON_FLEET, *END),
    ("fleet", "unsupported"): (*BEGIN, *DETECT_ON_FLEET),
    ("fleet", "refused"): (*BEGIN, *ON_FLEET[:-1]),
    ("fleet", "superseded"): (*BEGIN, *ON_FLEET, *END, "Superseded"),
    ("task", "known"): (*BEGIN, *ON_TASK, "ChunkDone", *END),
    ("task", "detected"): (*BEGIN, *DETECT_ON_TASK, *ON_TASK, "ChunkDone", *END),
    ("task", "one chunk"): (*BEGIN, *ON_TASK, "ChunkDone", *END),
    ("task", "unsupported"): (*BEGIN, *DETECT_ON_TASK, "DetectionFailed"),
    ("task", "refused"): (*BEGIN, *ON_TASK, "ChunkFailed"),
    ("task", "superseded"): (*BEGIN, *ON_TASK, "ChunkDone", *END, "Superseded"),
}

DISPATCHES = pytest.mark.parametrize("dispatch", ["fleet", "task"])


def script(recording: str) -> Script:
    match recording:
        case "detected":
            return Script(language="auto", chunk_count=3, heard=("es", 0.98))
        case "one chunk":
            return Script(language="auto", chunk_count=1)
        case "unsupported":
            error = LanguageUnsupported("Portuguese, 0.91")
            return Script(language="auto", chunk_count=2, failing={DETECT: [error]})
        case "refused":
            return Script(failing={FIRST_CHUNK: [ShapeInvalid("chunk-task: no audio")]})
        case _:
            return Script(language="en", chunk_count=3)


@pytest.fixture(scope="module")
def runs(workflows: dict[str, Workflow]) -> dict[tuple[str, str], Execution]:
    """One execution for each route, all at once: they mostly wait."""
    made = {}
    for dispatch, recording in ROUTES:
        workflow = workflows[dispatch]
        execution = made[dispatch, recording] = workflow.claim(script(recording))
        if recording == "superseded":
            workflow.jobs.delete(*execution.job)
        workflow.run(execution)
    return made


@pytest.mark.parametrize(("dispatch", "recording"), ROUTES)
def test_a_recording_passes_these_states(
    runs: dict[tuple[str, str], Execution], dispatch: str, recording: str
) -> None:
    execution = runs[dispatch, recording]
    execution.ended()
    passed = dict.fromkeys(execution.states())
    # The iterations of a Map mix; what one alone passes has an order.
    if execution.script.chunk_count == 1:
        assert tuple(passed) == ROUTES[dispatch, recording]
    assert set(passed) == set(ROUTES[dispatch, recording])


def test_every_state_lies_on_a_route(templates: dict[str, Path]) -> None:
    compiled = Template(json.loads(templates["prod"].read_text("utf-8")))
    assert {name for name, _ in states(compiled.state_machine())} == {
        name for route in ROUTES.values() for name in route
    }


@DISPATCHES
def test_a_detected_language_reaches_the_chunks_and_the_assembly_with_its_probability(
    runs: dict[tuple[str, str], Execution], dispatch: str
) -> None:
    execution = runs[dispatch, "detected"]
    execution.succeeded()
    script = execution.script
    assert script.parts()[:2] == [PREPARE, DETECT]
    for index in range(script.chunk_count):
        (task,) = script.documents(f"chunk {index}")
        assert task["language"] == "es"
    (request,) = script.documents(ASSEMBLE)
    assert (request["language"], request["language_probability"]) == ("es", 0.98)


@DISPATCHES
def test_a_known_language_reaches_the_chunks_and_the_assembly_without_a_probability(
    runs: dict[tuple[str, str], Execution], dispatch: str
) -> None:
    execution = runs[dispatch, "known"]
    execution.succeeded()
    script = execution.script
    assert DETECT not in script.parts()
    assert {task["language"] for task in script.documents(FIRST_CHUNK)} == {"en"}
    (request,) = script.documents(ASSEMBLE)
    assert (request["language"], request["language_probability"]) == ("en", None)


@DISPATCHES
def test_the_language_of_a_single_chunk_is_left_to_its_worker(
    runs: dict[tuple[str, str], Execution], dispatch: str
) -> None:
    execution = runs[dispatch, "one chunk"]
    execution.succeeded()
    script = execution.script
    assert script.parts() == [PREPARE, FIRST_CHUNK, ASSEMBLE]
    assert script.documents(FIRST_CHUNK)[0]["language"] is None
    assert script.documents(ASSEMBLE)[0]["language"] is None


@DISPATCHES
def test_a_failed_detection_fails_the_execution_by_its_own_name(
    runs: dict[tuple[str, str], Execution], dispatch: str
) -> None:
    execution = runs[dispatch, "unsupported"]
    assert execution.failure() == ("LanguageUnsupported", "Portuguese, 0.91")
    assert execution.waits() == []


def test_a_language_heard_without_speech_has_no_probability(workflow: Workflow) -> None:
    heard = Script(language="auto", chunk_count=2, heard=("en", None))
    workflow.start(heard).succeeded()
    (request,) = heard.documents(ASSEMBLE)
    assert (request["language"], request["language_probability"]) == ("en", None)
