"""Secrets of the engine, each in a file of its own that only its owner may read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def kept_key(path: Path) -> str:
    """Return the key in `path`, made on first use; raise OSError when that cannot be.

    The file appears whole or not at all; of two processes that make it at once both return
    what the first wrote.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(secrets.token_urlsafe(48) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass  # Another process was first.
        finally:
            draft.unlink(missing_ok=True)
    return path.read_text().strip()
