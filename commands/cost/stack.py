"""What the stack's own files say about its cost: lifecycles, memory, endpoints, states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from commands import function_settings
from commands.resource_files import resources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ONCE: Final = ("PrepareAudio", "LanguageKnown?", "TranscribeChunks")
AT_THE_END: Final = ("AssembleTranscript", "CompleteJob")
EACH_CHUNK: Final[Mapping[str, tuple[str, ...]]] = {
    "fleet": ("Dispatch", "TranscribeOnFleet", "ChunkDone"),
    "task": ("Dispatch", "TranscribeOnTask", "ReadOutcome", "Transcribed?", "ChunkDone"),
}
"""The states that a recording goes through, by dispatch; the start of each is a transition."""

_NO_VPC_GIVEN: Final = "vpc-00000000"


@dataclass(frozen=True)
class StackFacts:
    """One stage.

    Attributes:
        dispatch: how chunks reach workers.
        arm: whether the functions run on arm64.
        chunk_minutes: the length of a chunk.
        standard_days: for which recordings stay in S3 Standard.
        kept_days: for which recordings are kept.
        log_days: for which logs are kept.
        memory_gb: of each function, by the name of its folder.
        endpoints: interface endpoints, counted once in each zone.
        alarms: of CloudWatch.
    """

    dispatch: str
    arm: bool
    chunk_minutes: float
    standard_days: int
    kept_days: int
    log_days: int
    memory_gb: Mapping[str, float]
    endpoints: int
    alarms: int

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Read them for a stage with these parameters."""
        everything = dict(resources(parameters))
        archive = _rule(everything["AudioBucket"], "archive-then-expire")
        return cls(
            dispatch=parameters["dispatch"],
            arm=parameters["architecture"] == "arm64",
            chunk_minutes=float(parameters["chunkSeconds"]) / 60,
            standard_days=int(archive["Transitions"][0]["TransitionInDays"]),
            kept_days=int(archive["ExpirationInDays"]),
            log_days=int(parameters["logRetentionDays"]),
            memory_gb={
                function.name: function.memory_mb / 1024
                for function in function_settings.all_functions(parameters)
            },
            endpoints=sum(_interface_endpoints(everything.values(), _conditions(parameters))),
            alarms=_count(everything.values(), "AWS::CloudWatch::Alarm"),
        )

    def transitions(self, chunks: float, detected_share: float) -> float:
        """State transitions of a recording.

        Args:
            chunks: that it has.
            detected_share: of the recordings that have states to detect their language.
        """
        once = len(ONCE) + len(AT_THE_END)
        return once + chunks * len(EACH_CHUNK[self.dispatch]) + 2 * detected_share


def _rule(bucket: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    (found,) = (rule for rule in rules if rule["Id"] == name)
    return found  # type: ignore[no-any-return]  # what YAML holds


def _conditions(parameters: Mapping[str, str]) -> dict[str, bool]:
    """Those of resources/network.yml, by which endpoints there are."""
    own = parameters["vpcId"] == _NO_VPC_GIVEN
    return {"OwnNetwork": own, "OwnNetworkWithInstances": own and parameters["compute"] == "gpu"}


def _interface_endpoints(
    found: Any,  # noqa: ANN401 - what YAML holds
    conditions: Mapping[str, bool],
) -> Iterator[int]:
    for resource in found:
        properties = resource.get("Properties") or {}
        if properties.get("VpcEndpointType") == "Interface" and conditions[resource["Condition"]]:
            subnets = properties["SubnetIds"]
            yield len(subnets) if isinstance(subnets, list) else 3


def _count(found: Any, kind: str) -> int:  # noqa: ANN401 - what YAML holds
    return sum(resource["Type"] == kind for resource in found)
