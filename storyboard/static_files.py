"""How static files are named and kept: by their content's hash, also where a script imports one."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from pathlib import Path

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.storage import storages
from django.utils.html import format_html
from django.utils.safestring import SafeString
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The library `scripts` of the templates.
register = template.Library()


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Compressed and hashed; `import` in a module names the hashed file as a page would."""

    support_js_module_import_aggregation = True

    def integrity(self, name: str) -> str:
        """Return the digest by which a browser knows the file that is served for `name`."""
        return _digest(Path(self.path(self.stored_name(name))))


@register.simple_tag
def script_src(name: str) -> SafeString:
    """Return a script's address as an attribute, and beside it the bytes' digest.

    A browser runs no other bytes than those that were there when files were gathered. Files that
    are served as they lie, in a developer's hands, have no digest.
    """
    address = staticfiles_storage.url(name)
    kept = storages["staticfiles"]
    if not isinstance(kept, StaticFiles):
        return format_html('src="{}"', address)
    return format_html('src="{}" integrity="{}"', address, kept.integrity(name))


@cache
def _digest(path: Path) -> str:
    """Remembered for as long as the process lives: another content has another name."""
    return f"sha256-{b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()}"
