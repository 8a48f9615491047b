"""What a new password may not be: one that guessers have, or words of this place alone."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

LEAKED = Path(__file__).with_name("data") / "leaked_passwords.txt.gz"
# What somebody who guesses at this very place tries; docs/rules.md names them.
OUR_WORDS = (
    "storyboard",
    "storyboards",
    "animatic",
    "admin",
    "administrator",
    "owner",
    "editor",
    "viewer",
    "commenter",
    "keeper",
    "novita",
    "story",
    "stories",
    "scene",
    "film",
    "render",
    "studio",
    "writer",
    "team",
    "login",
    "signin",
    "account",
    "password",
    "passwort",
    "secret",
    "welcome",
)
# Signs that stand for the letters they look like.
LOOKS = str.maketrans("013457@$!", "oleastasi")
# So many letters beside our words make it somebody's own.
OWN_LETTERS = 4


class LeakedPasswords:
    """Refuses what is in lists from leaks, in any case of letters. Asks nobody else."""

    def validate(self, password: str, user: Any = None) -> None:
        wanted = f"{password.casefold()}\n"
        # Read through each time: it is seldom asked, and would else stay in memory for good.
        with gzip.open(LEAKED, "rt", encoding="utf-8", newline="\n") as words:
            if wanted in words:
                raise ValidationError(
                    "This password is known from leaks, so guessers try it first. Choose another.",
                    code="password_leaked",
                )

    def get_help_text(self) -> str:
        return "None that is known from leaks."


class OwnWords:
    """Refuses words of this place with some digits and signs around them."""

    def validate(self, password: str, user: Any = None) -> None:
        text = password.casefold()
        if any(_is_ours(one) for one in (text, text.translate(LOOKS))):
            raise ValidationError(
                "This password is made of words of this site, which are guessed first.",
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return "Not the name of this site, or words of its pages alone."


def _is_ours(text: str) -> bool:
    left = "".join(filter(str.isalpha, text))
    found = False
    # The longest first: what is left of a word is none.
    for word in sorted({*OUR_WORDS, *_names_of_this_host()}, key=len, reverse=True):
        found |= word in left
        left = left.replace(word, "")
    return found and len(left) < OWN_LETTERS


def _names_of_this_host() -> set[str]:
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    labels = {"".join(filter(str.isalpha, label)) for label in host.split(".")}
    return {label for label in labels if len(label) >= OWN_LETTERS}
