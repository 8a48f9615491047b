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
