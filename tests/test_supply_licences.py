"""Every package and every vendored file has a licence that somebody read and may build on."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from supply import ROOT, licences
from supply.vendored import ASSETS

# Words by which a package that does not say it in SPDX's names tells its licence.
WORDS = {
    "Apache-2.0": "Apache",
    "BSD-2-Clause": "BSD",
    "BSD-3-Clause": "BSD",
    "LicenseRef-Repoze": "repoze",
    "MIT": "MIT",
    "MPL-2.0": "Mozilla|MPL",
    "PSF-2.0": "PSF|Python Software Foundation",
    "ZPL-2.1": "ZPL|Zope",
}
# What only the licence texts in the package tell, not its metadata.
READ_IN_FILES = {
    "av": {"GPL-2.0-or-later", "LGPL-3.0-or-later"},
    "numpy": {"GPL-3.0-or-later WITH GCC-exception-3.1", "LGPL-2.1-or-later"},
    "qrcode": {"MIT"},
    "reportlab": {"Bitstream-Vera", "GPL-2.0-or-later"},
}


def test_the_page_is_as_make_sbom_would_write_it_now():
    """Where this fails, a package or a licence changed: run `make sbom`."""
    assert licences.PAGE.read_text() == licences.text()


def test_every_licence_is_listed_and_allowed():
    assert list(licences.objections()) == []


@pytest.mark.parametrize(
    ("licence", "objection"),
    [
        (None, "django has no licence in supply/licences.toml"),
        ("AGPL-3.0-only", "django is under AGPL-3.0-only, which is neither allowed nor excepted"),
        (
            "MIT AND GPL-2.0-only",
            "django is under GPL-2.0-only, which is neither allowed nor excepted",
        ),
        ("MIT OR GPL-2.0-only", None),
        # An exception is for one package and the licences that it names.
        ("MPL-2.0", "django is under MPL-2.0, which is neither allowed nor excepted"),
    ],
)
def test_a_licence_that_nobody_allowed_is_objected_to(monkeypatch, licence, objection):
    told = licences.PACKAGES | {"django": licence}
    if licence is None:
        del told["django"]
    monkeypatch.setattr(licences, "PACKAGES", told)
    assert list(licences.objections()) == ([objection] if objection else [])


def test_nothing_is_listed_or_excepted_that_is_not_used():
    used = {*licences.runtime(), *(asset.name for asset in ASSETS)}
    assert set(licences.PACKAGES) == set(licences.runtime())
    assert set(licences.EXCEPTED) <= used
    listed = {asset.name: asset.licence for asset in ASSETS} | licences.PACKAGES
    for name, excepted in licences.EXCEPTED.items():
        assert excepted <= licences.terms(listed[name])
        assert len(licences.REASONS[name]) > 10
    terms = {term for licence in listed.values() for term in licences.terms(licence)}
    assert terms >= licences.ALLOWED


@pytest.mark.parametrize("name", sorted(licences.PACKAGES))
def test_what_is_installed_says_the_same_of_itself(name):
    try:
        told = metadata(name)
    except PackageNotFoundError:
        # Asked for on other systems alone.
        assert licences.runtime()[name].marker
        return
    expected = licences.terms(licences.PACKAGES[name]) - READ_IN_FILES.get(name, set())
    if said := told.get("License-Expression"):
        assert licences.terms(said) == expected
        return
    classifiers = [one for one in told.get_all("Classifier") or [] if one.startswith("License")]
    said = f"{told.get('License')} {' '.join(classifiers)}"
    assert {term for term in expected if not re.search(WORDS[term], said)} == set()


def test_every_vendored_file_has_its_licence_beside_it():
    for asset in ASSETS:
        assert asset.licence_files, asset.name
        assert all(path.stat().st_size > 400 for path in asset.licence_files), asset.name


def test_the_table_of_vendored_libraries_agrees():
    """static/vendor/README.md, for people, says the same as supply/vendored.toml."""
    text = (ROOT / "static/vendor/README.md").read_text()
    rows = {
        (ROOT / "static/vendor" / file).resolve(): (version, licence)
        for file, version, licence in re.findall(
            r"^\| `(.+?)` \| (.+?) \| .+ \| (.+?) \|$", text, re.MULTILINE
        )
    }
    static = {
        path: asset for asset in ASSETS for path in asset.files if ROOT / "static" in path.parents
    }
    assert set(rows) == set(static)
    for path, asset in static.items():
        version, licence = rows[path]
        assert asset.version in version
        for term in licences.terms(asset.licence):
            assert term.replace("OFL-1.1", "OFL 1.1") in licence
