"""The one table of a run, and the same as a document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from commands.chaos.checks import senders_lost, uploads_of_nobody

if TYPE_CHECKING:
    from commands.chaos.run import Request, Verdict

_COUNTS: Final = (
    "executions",
    "workers_stopped_by_hand",
    "mails",
    "second_mails_of_lost_senders",
    "events",
    "uploads_of_nobody",
)
_SHOWN: Final = 3
"""So many violations of a check are shown in the table; all are in the document."""


def document(request: Request, verdict: Verdict) -> dict[str, Any]:
    """The whole result as JSON can hold it."""
    found = verdict.evidence
    outcomes = Counter(
        (handled.planned.kind.value, (found.of(handled) or {}).get("status", "none"))
        for handled in found.handled
    )
    faults = Counter((fault["kind"], fault["rule"]) for fault in found.faults)
    mails = Counter[tuple[str, str]]((mail.job_id, mail.outcome) for mail in found.mails)
    return {
        "jobs": request.jobs,
        "seed": request.seed,
        "seconds": {name: round(spent, 1) for name, spent in verdict.seconds.items()},
        "outcomes": [
            {"kind": kind, "outcome": outcome, "count": count}
            for (kind, outcome), count in sorted(outcomes.items())
        ],
        "faults": [
            {"kind": kind, "rule": rule, "count": count}
            for (kind, rule), count in sorted(faults.items())
        ],
        "workers_stopped_by_hand": sum(each.planned.stops_a_worker for each in found.handled),
        "mails": len(found.mails),
        "second_mails_of_lost_senders": sum(
            min(lost, max(0, mails[told] - 1)) for told, lost in senders_lost(found).items()
        ),
        "events": len(found.events),
        "uploads_of_nobody": len(uploads_of_nobody(found)),
        "executions": len(found.runs),
        "checks": {name: list(violated) for name, violated in verdict.violations.items()},
        "holds": verdict.holds,
    }


def table(told: dict[str, Any]) -> Table:
    """What a document of a run says, for people."""
    shown = Table(title=f"{told['jobs']} jobs, seed {told['seed']}", show_lines=False)
    shown.add_column("what")
    shown.add_column("which")
    shown.add_column("count", justify="right")
    for entry in told["outcomes"]:
        shown.add_row("job", f"{entry['kind']}: {entry['outcome']}", str(entry["count"]))
    shown.add_section()
    for entry in told["faults"]:
        shown.add_row(f"fault: {entry['kind']}", entry["rule"], str(entry["count"]))
    shown.add_section()
    for name in _COUNTS:
        shown.add_row("count", name.replace("_", " "), str(told[name]))
    shown.add_section()
    for name, violated in told["checks"].items():
        shown.add_row("check" if not violated else "VIOLATED", name, str(len(violated)))
        for example in violated[:_SHOWN]:
            shown.add_row("", f"  {example}", "")
    return shown
