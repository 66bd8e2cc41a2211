"""What an account may do: its quotas, and whether SES takes it for a sender of real mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from local.aws import LocalAws

SPOT_GPUS = ("ec2", "L-3819A6DF")


def test_a_new_account_has_no_gpu_until_it_asks_for_some(aws: LocalAws) -> None:
    client = aws.client("service-quotas")
    service, code = SPOT_GPUS
    before = client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    assert (before["Value"], before["Adjustable"]) == (0, True)
    client.request_service_quota_increase(ServiceCode=service, QuotaCode=code, DesiredValue=64)
    after = client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    assert after == {**before, "Value": 64}


def test_the_quotas_of_a_service_are_listed_by_name(aws: LocalAws) -> None:
    listed = aws.client("service-quotas").list_service_quotas(ServiceCode="states")["Quotas"]
    values = {quota["QuotaName"]: quota["Value"] for quota in listed}
    assert values["StartExecution throttle token refill rate per second"] == 300


@pytest.mark.parametrize(
    "call",
    [
        ("get_service_quota", {"ServiceCode": "ec2", "QuotaCode": "L-NONE"}),
        ("get_service_quota", {"ServiceCode": "none", "QuotaCode": "L-NONE"}),
        ("list_service_quotas", {"ServiceCode": "none"}),
    ],
)
def test_what_has_no_quota_is_refused(aws: LocalAws, call: tuple[str, dict[str, str]]) -> None:
    operation, arguments = call
    with pytest.raises(ClientError, match="NoSuchResource"):
        getattr(aws.client("service-quotas"), operation)(**arguments)


def test_an_account_is_in_the_sandbox_until_it_asks_for_production(aws: LocalAws) -> None:
    client = aws.client("sesv2")
    before = client.get_account()
    assert (before["ProductionAccessEnabled"], before["SendingEnabled"]) == (False, True)
    assert before["SendQuota"]["Max24HourSend"] == 200
    client.put_account_details(
        ProductionAccessEnabled=True, MailType="TRANSACTIONAL", WebsiteURL="https://example.org"
    )
    after = client.get_account()
    assert after["ProductionAccessEnabled"]
    assert after["SendQuota"]["Max24HourSend"] == 50_000


@pytest.mark.parametrize(("kind", "dkim"), [("@{}.example.org", False), ("{}.example.org", True)])
def test_an_identity_is_verified_at_once_and_a_domain_signs(
    aws: LocalAws, name: str, kind: str, *, dkim: bool
) -> None:
    client = aws.client("sesv2")
    identity = ("me" if kind.startswith("@") else "") + kind.format(name)
    client.create_email_identity(EmailIdentity=identity)
    found = client.get_email_identity(EmailIdentity=identity)
    assert found["VerifiedForSendingStatus"]
    assert found["DkimAttributes"]["SigningEnabled"] is dkim
