"""Keeping secret addresses out of logs, rows and pages."""

from __future__ import annotations

import re

# An address that opens something to whoever has it: a webhook's, an invitation's, one of a letter.
# Plain, escaped as JSON does it, or quoted in another. A signed token may begin with a dot.
SECRET_ADDRESS = re.compile(
    r"((?:hooks|join|address|signup|key)(?:\\?/|%2F))(?:[\w.:-]|%3A){8,}", re.IGNORECASE
)
HIDDEN = "[secret]"


def without_tokens(text: str, *tokens: str) -> str:
    """Return the text with these tokens, and those of any secret address, left out."""
    for token in tokens:
        if token:
            text = text.replace(token, HIDDEN)
    return SECRET_ADDRESS.sub(rf"\1{HIDDEN}", text)
