"""Pages say of each script which bytes it has, so that a browser runs no others."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

import pytest
from django.conf import settings as its_settings
from django.core.management import call_command
from django.template import Context, Template

TEMPLATES = sorted(Path(its_settings.BASE_DIR, "templates").rglob("*.html"))


def tag(name: str) -> str:
    source = f"{{% load scripts %}}<script {{% script_src '{name}' %}}></script>"
    return Template(source).render(Context())


@pytest.fixture
def gathered(settings, tmp_path):
    """Gather two small modules, of which one imports the other, as `manage.py prepare` does."""
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    (source / "words.js").write_text('export const words = "once";\n')
    (source / "page.js").write_text('import { words } from "./words.js";\nwords.trim();\n')
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], root
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "storyboard.static_files.StaticFiles"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    return root


@pytest.mark.parametrize("name", ["page.js", "words.js"])
def test_a_script_bears_the_digest_of_what_is_served(gathered, name):
    address, integrity = re.fullmatch(
        r'<script src="/static/([^"]+)" integrity="sha256-([^"]+)"></script>', tag(name)
    ).groups()
    served = (gathered / address).read_bytes()
    assert integrity == b64encode(hashlib.sha256(served).digest()).decode()
    # By its content's name: what it imports has one of its own in it.
    assert address != name


def test_what_a_script_imports_is_named_by_its_content(gathered):
    address = re.search(r'src="/static/([^"]+)"', tag("page.js"))[1]
    imported = re.search(r'from "\./(words\.\w+\.js)"', (gathered / address).read_text())
    assert imported
    assert (gathered / imported[1]).is_file()


def test_a_script_that_is_served_as_it_lies_has_no_digest(db):
    assert tag("js/page.js") == '<script src="/static/js/page.js"></script>'


def test_no_page_names_a_script_without_its_digest():
    tags = {path: re.findall(r"<script\b[^>]*\bsrc=", path.read_text()) for path in TEMPLATES}
    assert {path.name: found for path, found in tags.items() if found} == {}
    assert any("script_src" in path.read_text() for path in TEMPLATES)
