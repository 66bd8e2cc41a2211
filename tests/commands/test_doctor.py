"""`npm run doctor`: an account that is ready passes, and each thing that is missing is named."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto.acm.models import acm_backends
from moto.ses.models import ses_backends
from moto.sts.models import STSBackend
from worker import models as catalogues

from commands.doctor import __main__ as command
from commands.doctor import edge, worker
from commands.doctor.account import ECS_ROLE, region
from commands.doctor.examination import CHECKS, Check, examine, look_at
from commands.doctor.findings import Finding, Subject
from commands.edge_keys import Names
from commands.models.shelf import CATALOGUE
from tests.commands.certificates import certificate_of
from tests.commands.doctor_support import (
    DOMAIN,
    PARTY,
    REGISTRY,
    REPOSITORY,
    SENDER,
    Account,
    aws,
    prepared_account,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT_ID, REGION = "123456789012", "us-east-1"


@pytest.fixture
def account() -> Iterator[Account]:
    with prepared_account() as prepared:
        yield prepared


def identity(name: str) -> Any:  # noqa: ANN401 - moto's own, without types
    return ses_backends[ACCOUNT_ID][REGION].email_identities[name]


def test_an_account_that_is_ready_passes_every_check(account: Account) -> None:
    assert [found for found in account.findings() if found.state != "ok"] == []


def test_every_check_says_something_or_has_nothing_to_look_at(account: Account) -> None:
    silent = [check.name for check in CHECKS if not list(check.look(account.subject()))]
    assert silent == ["webAclArn"]


def pause_sending(_account: Account) -> None:
    aws().client("sesv2").put_account_sending_attributes(SendingEnabled=False)


def stay_in_the_sandbox(account: Account) -> None:
    del account
    aws().client("sesv2").put_account_details(
        ProductionAccessEnabled=False, MailType="TRANSACTIONAL", WebsiteURL=f"https://{DOMAIN}"
    )


def bear_more_files(account: Account) -> None:
    account.files_per_day = 60_000


def bear_busy_days(account: Account) -> None:
    account.files_per_day = 20_000


def bear_a_rate(account: Account) -> None:
    account.files_per_day = 2_000_000


def never_verify(_account: Account) -> None:
    aws().client("sesv2").delete_email_identity(EmailIdentity=DOMAIN)


def begin_to_verify(_account: Account) -> None:
    identity(DOMAIN).verified_for_sending_status = False


def verify_the_address_alone(_account: Account) -> None:
    aws().client("sesv2").delete_email_identity(EmailIdentity=DOMAIN)
    aws().client("sesv2").create_email_identity(EmailIdentity=SENDER)


def wait_for_dkim(_account: Account) -> None:
    identity(DOMAIN).dkim_attributes["Status"] = "PENDING"


def begin_without_ecs(_account: Account) -> None:
    aws().client("iam").delete_role(RoleName=ECS_ROLE)


def keep_ten_functions(account: Account) -> None:
    account.grant("lambda", "L-B99A9384", 10)


def keep_six_processors(account: Account) -> None:
    account.given_too(compute="cpu")
    account.grant("fargate", "L-36FBB829", 6)


def keep_some_processors(account: Account) -> None:
    account.given_too(compute="cpu")
    account.grant("fargate", "L-36FBB829", 100)


def aim_at_half_an_hour(account: Account) -> None:
    account.given_too(latencyMinutes="30")


def aim_at_a_minute(account: Account) -> None:
    account.given_too(latencyMinutes="1")


def keep_a_slow_start(account: Account) -> None:
    account.grant("states", "start-refill", 0.1)


def stop_the_issuer(account: Account) -> None:
    account.given_too(sessionIssuer="http://127.0.0.1:9")


def end_the_issuer_with_a_slash(account: Account) -> None:
    account.given_too(sessionIssuer=f"{account.issuer.url}/")


def hand_over_no_token(account: Account) -> None:
    account.token = None


def leave_the_claim_out(account: Account) -> None:
    account.token = account.signed_in(None)


def hand_over_half_a_token(account: Account) -> None:
    account.token = str(account.token)[:40]


def sign_in_elsewhere(account: Account) -> None:
    account.given_too(authorizedParties="https://elsewhere.test")


def delete_a_parameter(account: Account) -> None:
    aws().client("ssm").delete_parameter(Name=Names.of(account.stage).public_key_ids)


def delete_a_secret(account: Account) -> None:
    aws().client("secretsmanager").delete_secret(
        SecretId=Names.of(account.stage).origin_secret, ForceDeleteWithoutRecovery=True
    )


def delete_the_public_key(_account: Account) -> None:
    client = aws().client("cloudfront")
    (key,) = client.list_public_keys()["PublicKeyList"]["Items"]
    client.delete_public_key(Id=key["Id"], IfMatch=client.get_public_key(Id=key["Id"])["ETag"])


def build_no_image(account: Account) -> None:
    aws().client("ssm").delete_parameter(Name=f"/transcription/{account.stage}/worker-image")


def name_no_registry(account: Account) -> None:
    account.given_too(workerImage="worker:latest")


def name_a_tag_that_is_gone(account: Account) -> None:
    account.given_too(workerImage=f"{REGISTRY}/{REPOSITORY}:gone")


def name_another_repository(account: Account) -> None:
    account.given_too(workerImage=f"{REGISTRY}/other:1")


def name_the_image_by_a_tag(account: Account) -> None:
    account.given_too(workerImage=f"{REGISTRY}/{REPOSITORY}:1")


def build_for_another_processor(account: Account) -> None:
    digest = account.push("arm64", tag="2")
    account.given_too(workerImage=f"{REGISTRY}/{REPOSITORY}@{digest}")


def run_on_another_processor(account: Account) -> None:
    account.given_too(compute="cpu", workerArchitecture="ARM64")


def misspell_the_model(account: Account) -> None:
    account.given_too(modelName="large-v4")


def leave_an_example(account: Account) -> None:
    del account.given["defaultRecipient"]


def write_a_page_in_place_of_an_origin(account: Account) -> None:
    account.given_too(authorizedParties=f"{PARTY},{PARTY}/")


def forget_the_own_domain(account: Account) -> None:
    account.given_too(edgeDomain="edge.transcripts.test")


def name_a_regional_firewall(account: Account) -> None:
    account.given_too(webAclArn=f"arn:aws:wafv2:eu-west-1:{ACCOUNT_ID}:regional/webacl/it/0123abcd")


@pytest.mark.parametrize(
    ("spoil", "name", "state", "words"),
    [
        (pause_sending, "SES sending", "problem", ("paused", "resume")),
        (stay_in_the_sandbox, "SES sandbox", "problem", ("only verified", "production access")),
        (stay_in_the_sandbox, "SES daily quota", "problem", ("200 mails", "30,000")),
        (bear_more_files, "SES daily quota", "problem", ("50,000 mails", "180,000")),
        (bear_busy_days, "SES daily quota", "warning", ("not for a busy day", "60,000")),
        (bear_a_rate, "SES send rate", "problem", ("14 mails a second", "Sending rate")),
        (never_verify, "sender", "problem", (f"neither {SENDER} nor {DOMAIN}", "create-email")),
        (begin_to_verify, "sender", "problem", ("neither", "Finish the verification")),
        (verify_the_address_alone, "DKIM", "warning", ("the domain is no identity", "Easy DKIM")),
        (wait_for_dkim, "DKIM", "warning", ("PENDING", "Easy DKIM")),
        (begin_without_ecs, "ECS's role", "problem", ("no role", "create-service-linked-role")),
        (keep_ten_functions, "Lambda concurrency", "problem", ("10 runs", "L-B99A9384")),
        (aim_at_half_an_hour, "latencyMinutes", "warning", ("scaleUpAbove 96", "npm run capacity")),
        (aim_at_a_minute, "latencyMinutes", "problem", ("1 minutes cannot be kept", "longer")),
        (keep_six_processors, "Fargate vCPU, spot", "problem", ("6 vCPU", "L-36FBB829")),
        (keep_some_processors, "Fargate vCPU, spot", "warning", ("100 vCPU", "L-36FBB829")),
        (keep_a_slow_start, "StartExecution rate", "warning", ("0.1 a second", "Step Functions")),
        (stop_the_issuer, "sessionIssuer", "problem", ("cannot be had", "jwks.json")),
        (end_the_issuer_with_a_slash, "sessionIssuer", "problem", ("no address", "slash")),
        (hand_over_no_token, "session token", "unknown", ("only in one", "getToken")),
        (leave_the_claim_out, "session token", "problem", ("without an `email`", "primary_email")),
        (hand_over_half_a_token, "session token", "problem", ("malformed", "Copy it again")),
        (sign_in_elsewhere, "session token", "problem", ("authorized_party", "azp")),
        (
            delete_a_parameter,
            "edge keys",
            "problem",
            ("public-key-ids", "npm run edge-keys"),
        ),
        (delete_a_secret, "edge keys", "problem", ("origin-secret", "edge-keys -- --stage prod")),
        (delete_the_public_key, "edge keys", "problem", ("no public key", "Delete")),
        (build_no_image, "workerImage", "problem", ("no image was made", "--pin", "npm run image")),
        (name_no_registry, "workerImage", "problem", ("no image in ECR", "npm run image")),
        (name_a_tag_that_is_gone, "workerImage", "problem", ("ECR has no", "npm run image")),
        (name_another_repository, "workerImage", "problem", ("ECR has no", "npm run image")),
        (name_the_image_by_a_tag, "workerImage", "warning", ("by a tag", "digest")),
        (build_for_another_processor, "workerImage", "problem", ("for arm64", "linux/amd64")),
        (run_on_another_processor, "workerImage", "problem", ("for amd64", "linux/arm64")),
        (misspell_the_model, "model", "problem", ("large-v4", "models.toml")),
        (leave_an_example, "defaultRecipient", "problem", ("operator@example.com", "--param=")),
        (
            write_a_page_in_place_of_an_origin,
            "authorizedParties",
            "problem",
            (f"{PARTY}/", "origins"),
        ),
        (forget_the_own_domain, "domain", "problem", ("edgeDomain is given alone", "Give both")),
        (name_a_regional_firewall, "webAclArn", "problem", ("no web ACL", "CLOUDFRONT")),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(
    account: Account,
    spoil: Callable[[Account], None],
    name: str,
    state: str,
    words: tuple[str, str],
) -> None:
    spoil(account)
    found = account.worst(name)
    assert found.state == state
    assert words[0] in found.what
    assert words[1] in found.to_do


@pytest.mark.parametrize(
    ("region", "host", "status", "says"),
    [
        ("us-east-1", "edge.transcripts.test", "ISSUED", "is issued for"),
        ("us-east-1", "edge.transcripts.test", "PENDING_VALIDATION", "is PENDING_VALIDATION"),
        ("us-east-1", "edge.transcripts.test", "EXPIRED", "is EXPIRED"),
        ("us-east-1", "other.transcripts.test", "ISSUED", "is for edge.transcripts.test"),
        ("eu-west-1", "edge.transcripts.test", "ISSUED", "is not of us-east-1"),
    ],
)
def test_a_domain_needs_its_certificate_where_cloudfront_looks(
    account: Account, region: str, host: str, status: str, says: str
) -> None:
    certificate, private_key = certificate_of("edge.transcripts.test")
    arn = (
        aws()
        .client("acm", region_name=region)
        .import_certificate(Certificate=certificate, PrivateKey=private_key)["CertificateArn"]
    )
    if region == REGION:
        acm_backends[ACCOUNT_ID][REGION]._certificates[arn].status = status
    account.given_too(
        edgeDomain=host, certificateArn=arn, authorizedParties=f"{PARTY},https://{host}"
    )
    (found,) = account.findings("certificate")
    assert says in found.what
    assert (found.state == "ok") == (says == "is issued for")


def test_a_certificate_that_the_account_does_not_have_is_named(account: Account) -> None:
    arn = f"arn:aws:acm:us-east-1:{ACCOUNT_ID}:certificate/11111111-2222-3333-4444-555555555555"
    account.given_too(edgeDomain=DOMAIN, certificateArn=arn)
    assert account.worst("certificate").what == f"this account has no {arn}"


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (["a.test"], "a.test", True),
        (["*.a.test"], "b.a.test", True),
        (["*.a.test"], "a.test", False),
        (["*.a.test"], "c.b.a.test", False),
    ],
)
def test_a_wildcard_stands_for_one_label(names: list[str], host: str, *, covered: bool) -> None:
    assert edge.covers(names, host) is covered


@pytest.mark.parametrize(
    "party",
    [
        "app.transcripts.test",
        "https://app.transcripts.test/",
        "https://app.transcripts.test/page",
        "https://App.transcripts.test",
        "https://*.transcripts.test",
        "http://app.transcripts.test",
        " https://app.transcripts.test",
        "https://ana@app.transcripts.test",
    ],
)
def test_only_an_origin_is_an_authorized_party(account: Account, party: str) -> None:
    account.given_too(authorizedParties=party)
    assert account.worst("authorizedParties").state == "problem"


def test_weights_that_may_not_be_used_commercially_are_named() -> None:
    document = CATALOGUE.read_text("utf-8").replace('"Apache-2.0"', '"CC BY-NC 4.0"')
    found = worker.licence_of("large-v3-turbo", catalogues.parse(tomllib.loads(document)))
    assert found.state == "problem"
    assert "CC BY-NC 4.0" in found.what


def test_a_call_that_is_not_allowed_leaves_its_check_unknown_and_names_the_permission(
    account: Account,
) -> None:
    subject = account.subject()
    client = subject.aws.client("sesv2")

    def look(_subject: Subject) -> Iterator[Finding]:
        with Stubber(client) as stub:
            stub.add_client_error("get_account", "AccessDeniedException", "no", 403)
            client.get_account()
        yield Finding("SES", "ok", "")

    (found,) = look_at(Check("SES", look, ("ses:GetAccount",)), subject)
    assert (found.name, found.state) == ("SES", "unknown")
    assert "ses:GetAccount" in found.to_do


def test_without_credentials_only_what_needs_no_account_is_looked_at(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = account.subject()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    bare = Subject(
        subject.stage, subject.parameters, boto3.Session(region_name=REGION), 1, subject.token
    )
    found = {each.name: each.state for each in examine(bare)}
    assert found["credentials"] == "problem"
    assert found["model"] == "ok"
    assert "sender" not in found


def test_root_credentials_are_warned_of(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:root"
    monkeypatch.setattr(STSBackend, "get_caller_identity", lambda *_: ("AROA", arn, ACCOUNT_ID))
    assert account.worst("credentials").state == "warning"


def test_a_region_without_a_service_is_refused(account: Account) -> None:
    subject = replace(account.subject(), aws=boto3.Session(region_name="mars-north-1"))
    (found,) = region(subject)
    assert found.state == "problem"
    assert "mars-north-1 has no" in found.what


@pytest.mark.parametrize(("spoil", "status"), [(hand_over_no_token, 0), (stay_in_the_sandbox, 1)])
def test_the_exit_status_says_whether_something_stands_in_the_way(
    account: Account,
    spoil: Callable[[Account], None],
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(account)
    arguments = [f"--param={name}={value}" for name, value in account.given.items()]
    arguments += ["--stage", account.stage, "--files-per-day", "10000"]
    assert command.main([*arguments, "--json"]) == status
    printed = json.loads(capsys.readouterr().out)
    assert {"name", "state", "what", "to_do"} == printed[0].keys()
    assert command.main(arguments) == status
    assert re.search(r"\d+ ok, \d+ warning, \d+ problem", capsys.readouterr().out)


def test_what_a_deployer_accepts_is_only_warned_of(
    account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    leave_an_example(account)
    arguments = [f"--param={name}={value}" for name, value in account.given.items()]
    monkeypatch.setenv("DOCTOR_ACCEPT", "SES sandbox,defaultRecipient")
    assert command.main([*arguments, "--stage", account.stage, "--files-per-day", "9"]) == 0
    assert "operator@example.com" in capsys.readouterr().out


def test_a_misspelt_parameter_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--stage", "prod", "--param", "senderAdress=a@b.test"])
    assert ended.value.code == 2
    assert "senderAdress" in capsys.readouterr().err
