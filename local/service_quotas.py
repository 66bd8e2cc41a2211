"""Service Quotas: what a new account may use, and increases, which are granted at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

from local.patching import add, replace

if TYPE_CHECKING:
    from local.context import Context

DEFAULTS: Final[dict[str, dict[str, tuple[str, float]]]] = {
    "ec2": {
        "L-DB2E81BA": ("Running On-Demand G and VT instances", 0),
        "L-3819A6DF": ("All G and VT Spot Instance Requests", 0),
    },
    "fargate": {
        "L-3032A538": ("Fargate On-Demand vCPU resource count", 6),
        "L-36FBB829": ("Fargate Spot vCPU resource count", 6),
    },
    "lambda": {"L-B99A9384": ("Concurrent executions", 10)},
    # AWS gives these two codes like all others; they are found by their names here.
    "states": {
        "start-bucket": ("StartExecution throttle token bucket size", 1300),
        "start-refill": ("StartExecution throttle token refill rate per second", 300),
    },
}
"""By service and code: the name, and what a new account has, which AWS raises by use."""


def install(context: Context) -> None:
    """Patch moto's Service Quotas before its server starts."""
    del context
    _know_more_services()


def _know_more_services() -> None:
    """AWS has the quotas of every service; moto those of VPC, and no increase."""

    def get_service_quota(response: ServiceQuotasResponse) -> str:
        request = json.loads(response.body)
        if request["ServiceCode"] not in DEFAULTS:
            return str(original(response))
        return json.dumps({"Quota": _quota(response, request["ServiceCode"], request["QuotaCode"])})

    def list_service_quotas(response: ServiceQuotasResponse) -> str:
        service = json.loads(response.body)["ServiceCode"]
        codes = DEFAULTS.get(service)
        if codes is None:
            raise NoSuchResource
        return json.dumps({"Quotas": [_quota(response, service, code) for code in codes]})

    def request_service_quota_increase(response: ServiceQuotasResponse) -> str:
        request = json.loads(response.body)
        service, code, value = (
            request[name] for name in ("ServiceCode", "QuotaCode", "DesiredValue")
        )
        _quota(response, service, code)
        _granted(response)[service, code] = float(value)
        asked = {"ServiceCode": service, "QuotaCode": code, "DesiredValue": float(value)}
        return json.dumps({"RequestedQuota": {**asked, "Status": "APPROVED"}})

    original = replace(ServiceQuotasResponse, "get_service_quota", get_service_quota)
    add(ServiceQuotasResponse, "list_service_quotas", list_service_quotas)
    add(ServiceQuotasResponse, "request_service_quota_increase", request_service_quota_increase)


def _quota(response: ServiceQuotasResponse, service: str, code: str) -> dict[str, Any]:
    if code not in DEFAULTS.get(service, {}):
        raise NoSuchResource
    name, usual = DEFAULTS[service][code]
    return {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "Value": _granted(response).get((service, code), usual),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def _granted(response: ServiceQuotasResponse) -> dict[tuple[str, str], float]:
    """What one account was granted in one region: kept with moto's own state of it."""
    granted: dict[tuple[str, str], float] = vars(response.backend).setdefault("granted", {})
    return granted
