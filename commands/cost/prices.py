"""The price list, and what the machines that transcribe cost and do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIST: Final = Path(__file__).with_name("prices.toml")
_PUBLISHED: Final = _LIST.parents[2] / "bench" / "quality" / "published.toml"


@dataclass(frozen=True)
class Price:
    """What one unit of something costs.

    Attributes:
        usd: for one unit.
        per: the unit.
        source: the address of the page that says so.
    """

    usd: float
    per: str
    source: str


@dataclass(frozen=True)
class Machine:
    """A kind of worker with its model.

    Attributes:
        name: for people.
        usd_per_hour: on demand.
        spot: whether it is also had as spot capacity, with a disk of its own to pay.
        times_real_time: audio-hours in one hour of work; cautious, likely, hopeful.
        model: the model's name.
    """

    name: str
    usd_per_hour: float
    spot: bool
    times_real_time: tuple[float, float, float]
    model: str


@dataclass(frozen=True)
class PriceList:
    """All of them.

    Attributes:
        as_of: the month in which they were known.
        prices: by name.
        machines: those that there are figures for, by name of machine and model.
    """

    as_of: str
    prices: Mapping[str, Price]
    machines: Mapping[tuple[str, str], Machine]

    @classmethod
    def read(cls) -> Self:
        """Read both files."""
        listed = tomllib.loads(_LIST.read_text("utf-8"))
        published = tomllib.loads(_PUBLISHED.read_text("utf-8"))
        prices = {
            name: Price(entry["usd"], entry["per"], listed["sources"][entry["source"]])
            for name, entry in listed["prices"].items()
        }
        machines = {
            (speed["machine"], speed["model"]): _machine(speed, published["machines"])
            for speed in published["speeds"]
            if not speed["machine"].endswith("-spot")
        }
        return cls(listed["as_of"], prices, machines)


def _machine(speed: Mapping[str, Any], machines: Mapping[str, Any]) -> Machine:
    name = speed["machine"]
    cautious, likely, hopeful = speed["times_real_time"]
    return Machine(
        machines[name]["name"],
        machines[name]["usd_per_hour"],
        f"{name}-spot" in machines,
        (cautious, likely, hopeful),
        speed["model"],
    )
