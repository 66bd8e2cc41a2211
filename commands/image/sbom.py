"""Writes the image's bill of materials: CycloneDX, of what the built image itself holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from commands.models.shelf import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from worker.models import Catalogue, Package


def document(inventory: Mapping[str, Any], image: str, model: str, catalogue: Catalogue) -> str:
    """Describe an image.

    Args:
        inventory: its software, as inside/inventory.py tells it.
        image: its name, with its tag or digest.
        model: what it holds beside software.
        catalogue: which files that is.

    Returns:
        CycloneDX 1.6 as JSON.
    """
    bom = Bom()
    bom.metadata.component = Component(name=image, type=ComponentType.CONTAINER, bom_ref=image)
    for component in (*_software(inventory), *_models(model, catalogue)):
        bom.components.add(component)
        bom.register_dependency(bom.metadata.component, [component])
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _software(inventory: Mapping[str, Any]) -> Iterator[Component]:
    system = inventory["system"]
    yield Component(
        name=system["ID"],
        version=system.get("VERSION_ID"),
        type=ComponentType.OPERATING_SYSTEM,
    )
    yield Component(name="python", version=inventory["python"], type=ComponentType.PLATFORM)
    for package in inventory["packages"]:
        index = PackageURL("pypi", None, package["name"].lower(), package["version"])
        yield Component(
            name=package["name"],
            version=package["version"],
            purl=None if package["own"] else index,
            licenses=_licences(package["licence"]),
        )
    for package in inventory["debian"]:
        qualifiers = {
            "arch": package["architecture"],
            "distro": f"{system['ID']}-{system.get('VERSION_ID')}",
        }
        yield Component(
            name=package["name"],
            version=package["version"],
            purl=PackageURL(
                "deb", system["ID"], package["name"], package["version"], qualifiers=qualifiers
            ),
            properties=[Property(name="source", value=package["source"])],
        )


def _models(model: str, catalogue: Catalogue) -> Iterator[Component]:
    for package in needed(model, catalogue):
        yield Component(
            name=package.name,
            version=package.revision,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            licenses=_licences(package.licence),
            components=list(_files(package)),
        )


def _files(package: Package) -> Iterator[Component]:
    for file in package.files:
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)] if file.sha256 else []
        yield Component(
            name=file.path,
            type=ComponentType.FILE,
            hashes=hashes,
            bom_ref=f"{package.name}/{file.path}",
        )


def _licences(name: str) -> list[Any]:
    return [LicenseFactory().make_from_string(name)] if name else []
