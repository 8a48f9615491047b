"""How static files are named and kept: by their content's hash, also where a script imports one."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Compressed and hashed; `import` in a module names the hashed file as a page would."""

    support_js_module_import_aggregation = True
