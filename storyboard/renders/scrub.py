"""Keeping secret addresses out of logs, rows and pages."""

from __future__ import annotations

import re

# A webhook's address or an invitation's, plain, escaped as JSON does it, or quoted in another.
SECRET_ADDRESS = re.compile(r"((?:hooks|join|address|key)(?:\\?/|%2F))[\w:-]{8,}", re.IGNORECASE)
HIDDEN = "[secret]"


def without_tokens(text: str, *tokens: str) -> str:
    """Return the text with these tokens, and those of any secret address, left out."""
    for token in tokens:
        if token:
            text = text.replace(token, HIDDEN)
    return SECRET_ADDRESS.sub(rf"\1{HIDDEN}", text)
