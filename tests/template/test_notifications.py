"""The notifications queue: who holds a job's lease, and how long an outage may last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.template.template import Template

TEN_HOURS = 36_000


def test_a_lease_outlives_its_holder_and_ends_before_the_message_comes_again(
    template: Template,
) -> None:
    function = template.properties("NotifyLambdaFunction")
    holder, lease = function["Timeout"], int(function["Environment"]["Variables"]["LEASE_SECONDS"])
    again = template.properties("NotificationsQueue")["VisibilityTimeout"]
    assert holder < lease < again


def test_an_outage_of_ten_hours_makes_no_dead_letter(template: Template) -> None:
    queue = template.properties("NotificationsQueue")
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    assert queue["VisibilityTimeout"] * receives >= TEN_HOURS


def test_a_dead_letter_waits_for_its_replay_as_long_as_sqs_keeps_one(template: Template) -> None:
    dead_letters = template.properties("NotificationsDeadLetterQueue")
    assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600
