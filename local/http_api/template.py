"""What a template's AWS::ApiGatewayV2 resources make; moto makes none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.apigatewayv2 import models
from moto.apigatewayv2.models import ApiGatewayV2Backend, apigatewayv2_backends
from moto.core.common_models import CloudFormationModel

from local.context import ACCOUNT_ID, REGION
from local.http_api.authorizers import IDENTITY_SOURCE
from local.http_api.routes import DEFAULT
from local.template_resource import IdentifiedResource, TemplateResource

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Part(IdentifiedResource):
    """A part of an API."""

    collection: ClassVar[str] = ""
    """The attribute of an API that holds its parts of this kind by id."""

    @classmethod
    def keep(cls, name: str, api: models.Api, identifier: str, part: Any) -> str:
        """Put a part into its API, in the place of that which it updates.

        Args:
            name: the id of the part if it is updated, else any name.
            api: where it belongs.
            identifier: the attribute of the part that holds its id.
            part: as moto describes it.

        Returns:
            The id.
        """
        parts = getattr(api, cls.collection)
        if name in parts:
            setattr(part, identifier, name)
        made: str = getattr(part, identifier)
        parts[made] = part
        return made

    def delete(self, account_id: str, region_name: str) -> None:
        """Take it out of its API, which need not be there any more."""
        for api in _backend(account_id, region_name).apis.values():
            getattr(api, self.collection).pop(self.physical_resource_id, None)


class HttpApi(TemplateResource, CloudFormationModel):
    """AWS::ApiGatewayV2::Api of the protocol HTTP."""

    resource_type = "AWS::ApiGatewayV2::Api"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Know the id and the address."""
        return attr in {"ApiId", "ApiEndpoint"}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the id, or the address that the API answers at here."""
        if attribute_name == "ApiId":
            return self.physical_resource_id
        endpoint: str = _backend(ACCOUNT_ID, REGION).apis[self.physical_resource_id].api_endpoint
        return endpoint

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make an API and its server, or change what the API says of itself."""
        _require(properties, "ProtocolType", "HTTP")
        _require(properties, "Body", None)
        _require(properties, "Target", None)
        if str(properties.get("DisableExecuteApiEndpoint", False)).lower() == "true":
            raise ValueError("an API has no other address here than its own endpoint")
        backend = _backend(account_id, region_name)
        api = backend.apis.get(name) or backend.create_api(
            api_key_selection_expression="",
            cors_configuration="",
            description="",
            disable_execute_api_endpoint="",
            disable_schema_validation="",
            name=properties["Name"],
            protocol_type="HTTP",
            route_selection_expression="",
            tags=properties.get("Tags") or {},
            version="",
        )
        api.name = properties["Name"]
        api.description = properties.get("Description", "")
        # moto's type says text; its API takes and returns an object.
        cors: Any = _in_api_words(properties.get("CorsConfiguration"))
        api.cors_configuration = cors
        return api.api_id

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete the API with all its parts and end its server."""
        _backend(account_id, region_name).delete_api(self.physical_resource_id)


class Stage(TemplateResource, CloudFormationModel):
    """AWS::ApiGatewayV2::Stage, the default one; every change is deployed at once."""

    resource_type = "AWS::ApiGatewayV2::Stage"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the stage, or put another in its place."""
        del name
        _require(properties, "StageName", DEFAULT)
        route_settings = properties.get("RouteSettings") or {}
        _api(properties, account_id, region_name).create_stage(
            {
                "stageName": DEFAULT,
                "autoDeploy": properties.get("AutoDeploy"),
                "defaultRouteSettings": _in_api_words(properties.get("DefaultRouteSettings")) or {},
                "routeSettings": {key: _in_api_words(v) for key, v in route_settings.items()},
            }
        )
        return DEFAULT


class Integration(_Part, CloudFormationModel):
    """AWS::ApiGatewayV2::Integration with a function, in payload format 2.0."""

    resource_type = "AWS::ApiGatewayV2::Integration"
    id_attribute = "IntegrationId"
    collection = "integrations"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the integration, or put another under its id."""
        _require(properties, "IntegrationType", "AWS_PROXY")
        _require(properties, "PayloadFormatVersion", "2.0")
        _require(properties, "RequestParameters", None)
        _require(properties, "ResponseParameters", None)
        api = _api(properties, account_id, region_name)
        integration_id = api.create_integration(
            connection_type="INTERNET",
            description=properties.get("Description", ""),
            integration_method="POST",
            integration_type="AWS_PROXY",
            integration_uri=properties["IntegrationUri"],
            payload_format_version="2.0",
            timeout_in_millis=properties.get("TimeoutInMillis"),
        ).id
        return cls.keep(name, api, "id", api.integrations.pop(integration_id))


class Route(_Part, CloudFormationModel):
    """AWS::ApiGatewayV2::Route, open or behind a request authorizer."""

    resource_type = "AWS::ApiGatewayV2::Route"
    id_attribute = "RouteId"
    collection = "routes"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the route, or put another under its id."""
        authorization = properties.get("AuthorizationType", "NONE")
        if authorization != "NONE":
            _require(properties, "AuthorizationType", "CUSTOM")
        key = properties["RouteKey"]
        if key.endswith("/") and not key.endswith(" /"):
            raise ValueError(f"the route key {key} ends with a slash")
        api = _api(properties, account_id, region_name)
        route_id = api.create_route(
            api_key_required=False,
            authorization_scopes=[],
            authorization_type=authorization,
            authorizer_id=properties["AuthorizerId"] if authorization == "CUSTOM" else None,
            route_key=key,
            target=properties["Target"],
        ).route_id
        return cls.keep(name, api, "route_id", api.routes.pop(route_id))


class Authorizer(_Part, CloudFormationModel):
    """AWS::ApiGatewayV2::Authorizer that asks a function, in payload format 2.0."""

    resource_type = "AWS::ApiGatewayV2::Authorizer"
    id_attribute = "AuthorizerId"
    collection = "authorizers"

    @classmethod
    def apply(
        cls, name: str, properties: Mapping[str, Any], account_id: str, region_name: str
    ) -> str:
        """Make the authorizer, or put another under its id."""
        _require(properties, "AuthorizerType", "REQUEST")
        _require(properties, "AuthorizerPayloadFormatVersion", "2.0")
        sources = properties.get("IdentitySource") or []
        for source in sources:
            if not IDENTITY_SOURCE.fullmatch(source):
                raise ValueError(f"the identity source {source} is not read here")
        seconds = int(properties.get("AuthorizerResultTtlInSeconds") or 0)
        if seconds and not sources:
            raise ValueError("results are kept by identity sources, and there are none")
        api = _api(properties, account_id, region_name)
        simple = str(properties.get("EnableSimpleResponses", False)).lower() == "true"
        # moto's types say text for all of these; its API takes and returns the right ones.
        given: dict[str, Any] = {
            "auth_result_ttl": seconds,
            "enable_simple_response": simple,
            "identity_source": sources,
        }
        made = models.Authorizer(
            auth_creds_arn="",
            auth_payload_format_version="2.0",
            authorizer_type="REQUEST",
            authorizer_uri=properties["AuthorizerUri"],
            identity_validation_expr="",
            jwt_config="",
            name=properties["Name"],
            **given,
        )
        return cls.keep(name, api, "id", made)


def _backend(account_id: str, region_name: str) -> ApiGatewayV2Backend:
    backend: ApiGatewayV2Backend = apigatewayv2_backends[account_id][region_name]
    return backend


def _api(properties: Mapping[str, Any], account_id: str, region_name: str) -> models.Api:
    return _backend(account_id, region_name).get_api(properties["ApiId"])


def _require(properties: Mapping[str, Any], name: str, value: str | None) -> None:
    """Refuse what is not made here, so that nobody takes it for made."""
    given = properties.get(name)
    if given != value:
        raise ValueError(f"{name} {given} is not made here, only {value}")


def _in_api_words(properties: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return properties under the names that the API has for them: allowOrigins, maxAge."""
    given = properties or {}
    return {name[0].lower() + name[1:]: value for name, value in given.items() if value is not None}
