"""What is served from static/vendor is whole: each library with its version and licence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

VENDOR = Path(settings.BASE_DIR, "static", "vendor")
LIBRARIES = [
    ("htmx/htmx-2.0.11.min.js", "htmx/LICENSE", "Zero-Clause BSD"),
    ("idiomorph/idiomorph-ext-0.8.0.min.js", "idiomorph/LICENSE", "Zero-Clause BSD"),
    ("sortable/sortable-1.15.7.min.js", "sortable/LICENSE", "MIT License"),
    ("fonts/inter-latin-400-700.woff2", "fonts/LICENSE-inter", "SIL OPEN FONT LICENSE"),
    ("fonts/newsreader-latin-400.woff2", "fonts/LICENSE-newsreader", "SIL OPEN FONT"),
    ("../icons.svg", "lucide/LICENSE", "ISC License"),
]


@pytest.mark.parametrize(("file", "licence", "words"), LIBRARIES)
def test_a_library_lies_beside_its_licence(file, licence, words):
    assert (VENDOR / file).stat().st_size > 1000
    assert words.lower() in (VENDOR / licence).read_text().lower()


def test_nothing_vendored_goes_unmentioned():
    """static/vendor/README.md names every file that a browser may load."""
    text = (VENDOR / "README.md").read_text()
    served = [path for path in VENDOR.rglob("*") if path.suffix in {".js", ".css", ".woff2"}]
    assert [path.name for path in served if path.name not in text] == []


def test_no_page_or_style_loads_anything_from_another_host():
    loads = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//|url\(["']?(?:https?:)?//""")
    pages = [*Path(settings.BASE_DIR, "templates").rglob("*.html")]
    styles = [*Path(settings.BASE_DIR, "static", "css").rglob("*.css")]
    assert [path.name for path in pages + styles if loads.search(path.read_text())] == []


def test_no_script_style_or_picture_names_another_host():
    """But for the names of XML's dialects, which nobody fetches."""
    files = [
        path
        for path in Path(settings.BASE_DIR, "static").rglob("*")
        if path.suffix in {".js", ".css", ".svg"}
    ]
    named = {
        (path.name, host)
        for path in files
        for host in re.findall(r"""(?:https?:|["'`(])//([\w.-]+\.\w+)""", path.read_text())
    }
    assert len(files) > 50
    assert {(name, host) for name, host in named if host != "www.w3.org"} == set()


def test_every_script_of_a_page_is_a_file_of_ours():
    """Served under a name with the hash of what is in it, which the page says, too."""
    tags = [
        tag
        for path in Path(settings.BASE_DIR, "templates").rglob("*.html")
        for tag in re.findall(r"<script[^>]*>", path.read_text())
    ]
    loaded = [tag for tag in tags if re.match(r"<script {% script_src '[\w/.-]+' %}", tag)]
    assert len(loaded) > 20
    assert [tag for tag in tags if tag not in loaded and 'type="application/json"' not in tag] == []
