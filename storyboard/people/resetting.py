"""A link with which somebody sets a new password, to be handed over where no mail is sent."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest

from storyboard.people.models import User


def reset_link(request: HttpRequest, user: User) -> str:
    """Return the full address: it works once, and as long as one that is mailed."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    link: str = get_adapter(request).get_reset_password_from_key_url(key)
    return link
