"""Writes what each role may do into docs/security.md, from the compiled template.

.venv/bin/python -m commands.roles_page
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commands.package import package

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "security.md"

_BEGIN: Final = "<!-- roles: written by commands/roles_page.py -->"
_END: Final = "<!-- end of roles -->"
_OF_EVERY_FUNCTION: Final = "WriteLogs"
_ARN: Final = re.compile(
    r"arn:\$\{AWS::Partition\}:(\w+):(?:\$\{AWS::Region\})?:(?:\$\{AWS::AccountId\})?:(.*)"
)


def table(template: Mapping[str, Any]) -> str:
    """The table of one stage's compiled template, in Markdown."""
    rows = ["| Role | What for | Actions | On |", "|---|---|---|---|"]
    for role, resource in sorted(template["Resources"].items()):
        if resource["Type"] == "AWS::IAM::Role":
            name = role.removesuffix("Role")
            for policy in resource["Properties"].get("Policies", ()):
                for statement in policy["PolicyDocument"]["Statement"]:
                    if statement["Sid"] != _OF_EVERY_FUNCTION:
                        rows.append(f"| {name} | {_row(statement)} |")
                        name = ""
    return "\n".join(rows)


def with_table(page: str, roles: str) -> str:
    """The page with its table replaced.

    Raises:
        ValueError: the page has no place for it.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has lost the marks around its table of roles")
    return f"{before}{begin}\n{roles}\n{end}{after}"


def main() -> int:
    """Write the page anew.

    Returns:
        The process's exit status.
    """
    with tempfile.TemporaryDirectory() as folder:
        template = json.loads(package("prod", Path(folder)).read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    PAGE.write_text(with_table(page, table(template)), "utf-8")
    return 0


def _row(statement: Mapping[str, Any]) -> str:
    purpose = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", statement["Sid"]).lower()
    actions = ", ".join(f"`{action}`" for action in _listed(statement["Action"]))
    where = ", ".join(f"`{_shown(each)}`" for each in _listed(statement["Resource"]))
    conditions = ", ".join(f"`{key}`" for key in _condition_keys(statement))
    return f"{purpose} | {actions} | {where}{f', limited by {conditions}' if conditions else ''}"


def _condition_keys(statement: Mapping[str, Any]) -> Iterator[str]:
    for tests in statement.get("Condition", {}).values():
        yield from tests


def _shown(resource: Any) -> str:  # noqa: ANN401  # a string, or a function of CloudFormation
    if isinstance(resource, dict):
        ((function, given),) = resource.items()
        resource = given[0] if function == "Fn::GetAtt" else given
    text = resource if isinstance(resource, str) else json.dumps(resource)
    if match := _ARN.fullmatch(text):
        text = f"{match[1]}:{match[2]}"
    return re.sub(r"\$\{([\w:]+?)(?:\.Arn|\.Name)?\}", r"\1", text)


def _listed(value: Any) -> list[Any]:  # noqa: ANN401  # IAM takes one or several
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    sys.exit(main())
