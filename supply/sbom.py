"""`make sbom`: writes docs/sbom.json, the bill of materials, and docs/licences.md.

Both are made from files of the repository alone, with no time and nothing by chance in them: when
nothing changed, they are the same to the byte.
"""

from __future__ import annotations

import json
import re
from typing import Any

from supply import ROOT, licences
from supply.locks import POSTGRES, RUNTIME, Package, read
from supply.vendored import ASSETS, Asset, sha256

FILE = ROOT / "docs/sbom.json"
OURSELVES = "storyboard"
# An SPDX expression is more than one name, or a name that SPDX does not know.
EXPRESSION = re.compile(r" |^LicenseRef-")


def text() -> str:
    """Return docs/sbom.json."""
    return json.dumps(_document(), indent=1, ensure_ascii=False) + "\n"


def _document() -> dict[str, Any]:
    packages = licences.runtime()
    required = {package.name for package in read(RUNTIME)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "pre-build"}],
            "component": {
                "type": "application",
                "bom-ref": OURSELVES,
                "name": OURSELVES,
                "version": _version(),
                "licenses": [{"license": {"id": "MIT"}}],
            },
        },
        "components": [
            *(_package(package, package.name in required) for package in packages.values()),
            *(_asset(asset) for asset in ASSETS),
        ],
        "dependencies": _dependencies(packages),
    }


def _package(package: Package, required: bool) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _purl(package),
        "name": package.name,
        "version": package.version,
        "scope": "required" if required else "optional",
        "hashes": [{"alg": "SHA-256", "content": found} for found in package.hashes],
        "licenses": _licences(licences.PACKAGES[package.name]),
        "purl": _purl(package),
    }
    if package.marker:
        component["properties"] = [{"name": "storyboard:where", "value": package.marker}]
    return component


def _asset(asset: Asset) -> dict[str, Any]:
    return {
        "type": asset.kind,
        "bom-ref": asset.purl,
        "name": asset.name,
        "version": asset.version,
        "description": asset.what,
        "scope": "excluded" if asset.tests_only else "required",
        "licenses": _licences(asset.licence),
        "purl": asset.purl,
        "components": [
            {
                "type": "file",
                "bom-ref": path.relative_to(ROOT).as_posix(),
                "name": path.relative_to(ROOT).as_posix(),
                "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
            }
            for path in asset.files
        ],
    }


def _dependencies(packages: dict[str, Package]) -> list[dict[str, Any]]:
    chosen = {RUNTIME.with_suffix(".in").name, POSTGRES.with_suffix(".in").name}
    asked = {
        OURSELVES: [
            *(_purl(package) for package in packages.values() if chosen & set(package.wanted_by)),
            *(asset.purl for asset in ASSETS if not asset.tests_only),
        ]
    } | {
        _purl(package): [_purl(one) for one in packages.values() if package.name in one.wanted_by]
        for package in packages.values()
    }
    return [{"ref": ref, "dependsOn": brought} for ref, brought in asked.items()]


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _licences(licence: str) -> list[dict[str, Any]]:
    if EXPRESSION.search(licence):
        return [{"expression": licence}]
    return [{"license": {"id": licence}}]


def _version() -> str:
    newest = re.search(r"^## (\S+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    if newest is None:
        raise ValueError("CHANGELOG.md names no version")
    return newest[1]


def main() -> None:
    if unsaid := list(licences.objections()):
        raise SystemExit("\n".join(unsaid))
    FILE.write_text(text())
    licences.PAGE.write_text(licences.text())


if __name__ == "__main__":
    main()
