"""What a template's AWS::CloudFront resources make; moto makes none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.cloudfront.models import CloudFrontBackend, KeyGroup, PublicKey, cloudfront_backends
from moto.core.common_models import CloudFormationModel

from local.context import ACCOUNT_ID
from local.edge.configuration import Configuration
from local.edge.distributions import distributions
from local.edge.policies import (
    MANAGED_CACHE_POLICIES,
    MANAGED_ORIGIN_REQUEST_POLICIES,
    CachePolicy,
    Forwarding,
)
from local.edge.response_headers import MANAGED_RESPONSE_HEADERS_POLICIES, ResponseHeaders
from local.template_resource import IdentifiedResource, TemplateResource

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Policy(IdentifiedResource):
    """A policy, kept under its id."""

    kept: ClassVar[dict[str, Any]]
    configuration: ClassVar[str] = ""
    reader: ClassVar[Any] = None

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the policy, or put another under its id."""
        del account_id, region_name
        cls.kept[name] = cls.reader.of(properties[cls.configuration])
        distributions().read_policies_anew()
        return name

    def delete(self, account_id: str, region_name: str) -> None:
        """Forget the policy."""
        del account_id, region_name
        self.kept.pop(self.physical_resource_id, None)


class CachePolicyResource(_Policy, CloudFormationModel):
    """AWS::CloudFront::CachePolicy."""

    resource_type = "AWS::CloudFront::CachePolicy"
    kept: ClassVar[dict[str, Any]] = dict(MANAGED_CACHE_POLICIES)
    configuration = "CachePolicyConfig"
    reader = CachePolicy


class OriginRequestPolicyResource(_Policy, CloudFormationModel):
    """AWS::CloudFront::OriginRequestPolicy."""

    resource_type = "AWS::CloudFront::OriginRequestPolicy"
    kept: ClassVar[dict[str, Any]] = dict(MANAGED_ORIGIN_REQUEST_POLICIES)
    configuration = "OriginRequestPolicyConfig"
    reader = Forwarding


class ResponseHeadersPolicyResource(_Policy, CloudFormationModel):
    """AWS::CloudFront::ResponseHeadersPolicy."""

    resource_type = "AWS::CloudFront::ResponseHeadersPolicy"
    kept: ClassVar[dict[str, Any]] = dict(MANAGED_RESPONSE_HEADERS_POLICIES)
    configuration = "ResponseHeadersPolicyConfig"
    reader = ResponseHeaders


class KnownPolicies:
    """The policies of AWS and of all templates, by id."""

    cache: Mapping[str, CachePolicy] = CachePolicyResource.kept
    origin_request: Mapping[str, Forwarding] = OriginRequestPolicyResource.kept
    response_headers: Mapping[str, ResponseHeaders] = ResponseHeadersPolicyResource.kept


class OriginAccessControl(IdentifiedResource, CloudFormationModel):
    """AWS::CloudFront::OriginAccessControl for buckets, which signs every request."""

    resource_type = "AWS::CloudFront::OriginAccessControl"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the control."""
        del region_name
        config = properties["OriginAccessControlConfig"]
        for key, only in {
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }.items():
            if config[key] != only:
                raise ValueError(f"{key} {config[key]} is not made here, only {only}")
        backend = _backend(account_id)
        if name in backend.origin_access_controls:
            backend.update_origin_access_control(name, config)
            return name
        return backend.create_origin_access_control(config).id

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the control."""
        del region_name
        _backend(account_id).origin_access_controls.pop(self.physical_resource_id, None)


class PublicKeyResource(IdentifiedResource, CloudFormationModel):
    """AWS::CloudFront::PublicKey, which AWS never changes."""

    resource_type = "AWS::CloudFront::PublicKey"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the key."""
        del region_name
        config = properties["PublicKeyConfig"]
        keys = _backend(account_id).public_keys
        given = PublicKey(config["CallerReference"], config["Name"], config["EncodedKey"])
        if name in keys:
            if keys[name].encoded_key != given.encoded_key:
                raise ValueError("CannotChangeImmutablePublicKeyFields: a public key is final")
            return name
        keys[given.id] = given
        return given.id

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the key."""
        del region_name
        _backend(account_id).public_keys.pop(self.physical_resource_id, None)


class KeyGroupResource(IdentifiedResource, CloudFormationModel):
    """AWS::CloudFront::KeyGroup."""

    resource_type = "AWS::CloudFront::KeyGroup"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the group, or change its keys."""
        del region_name
        config, backend = properties["KeyGroupConfig"], _backend(account_id)
        if missing := set(config["Items"]) - backend.public_keys.keys():
            raise ValueError(f"there is no public key {', '.join(sorted(missing))}")
        group = backend.key_groups.get(name) or KeyGroup(config["Name"], [])
        group.name, group.items = config["Name"], list(config["Items"])
        backend.key_groups[group.id] = group
        return group.id

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the group."""
        del region_name
        _backend(account_id).key_groups.pop(self.physical_resource_id, None)


class Function(TemplateResource, CloudFormationModel):
    """AWS::CloudFront::Function, which nothing here could run."""

    resource_type = "AWS::CloudFront::Function"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Refuse it, so that nobody takes it for made."""
        del name, properties, account_id, region_name
        raise ValueError("CloudFront functions are not run here")


class Distribution(TemplateResource, CloudFormationModel):
    """AWS::CloudFront::Distribution, which answers on a port of its own."""

    resource_type = "AWS::CloudFront::Distribution"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Know the id and the domain name."""
        return attr in {"Id", "DomainName"}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the id, or the host and port that it answers at here."""
        if attribute_name == "Id":
            return self.physical_resource_id
        made = _backend(ACCOUNT_ID).distributions[self.physical_resource_id]
        return str(made.domain_name)

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the distribution and its server, or change how it answers."""
        del region_name
        config = properties["DistributionConfig"]
        return distributions().apply(
            _backend(account_id), name, config, lambda: Configuration.of(config, KnownPolicies())
        )

    def delete(self, account_id: str, region_name: str) -> None:
        """End its server."""
        del region_name
        distributions().delete(_backend(account_id), self.physical_resource_id)


def _backend(account_id: str) -> CloudFrontBackend:
    backend: CloudFrontBackend = cloudfront_backends[account_id]["aws"]
    return backend
