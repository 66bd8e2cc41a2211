"""What an engine says of a chunk's vocabulary is part of the chunk's result."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from worker import single
from worker.chunk import Work
from worker.engine.fake import FakeEngine

from tests.worker.support import chunk_task

if TYPE_CHECKING:
    from scribe.shapes import Language, VocabularyUse
    from worker.engine.protocol import Progress, Samples, Transcription

    from tests.worker.conftest import Platform

LONGEST: Final = "ñ" * 300 + "," + "x" * 299
USED: Final[VocabularyUse] = {"text": LONGEST, "token_count": 223, "dropped": ["x" * 299]}


class FullEngine(FakeEngine):
    """The shipped fake with room for one long term."""

    def transcribe(
        self,
        samples: Samples,
        language: Language | None,
        *,
        vocabulary: str = "",
        batch_scale: float,
        progress: Progress,
    ) -> Transcription:
        assert vocabulary == LONGEST
        done = super().transcribe(
            samples, language, vocabulary=vocabulary, batch_scale=batch_scale, progress=progress
        )
        return replace(done, vocabulary=USED)


def test_the_terms_without_room_are_named_in_the_result(platform: Platform) -> None:
    task = chunk_task(vocabulary=LONGEST)
    platform.put_audio(task)
    single.run(
        json.dumps(task),
        platform.storage,
        lambda: Work(FullEngine(), ("en", "es"), platform.storage),
    )
    result = platform.storage.read_json(task["result"], "chunk-result")
    assert result["vocabulary"] == USED
