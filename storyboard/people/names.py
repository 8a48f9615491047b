"""Names of people, teams and stories: one line each, that reads as it was written.

They stand in letters to people who do not know their writer, where a line of its own would pass
for one of ours.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms

# Control characters, and those that turn round what follows them. Marks of direction and joiners
# stay: names in Hebrew, Arabic or Persian are written with them, and so are emoji.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """Return a name that may be older than this rule as letters show it."""
    return " ".join(UNSEEN.sub(" ", text).split())


class LineField(forms.CharField):
    """One line: each end of a line, and whatever white space is beside it, becomes a space."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return " ".join(text.split()) if text else text


class NameField(LineField):
    default_error_messages: ClassVar[dict[str, Any]] = {
        "unseen": "This holds signs that cannot be seen and change how it reads. Type it anew."
    }

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and UNSEEN.search(value):
            raise forms.ValidationError(self.error_messages["unseen"], code="unseen")
