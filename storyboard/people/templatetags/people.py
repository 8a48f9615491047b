"""What templates ask of this room: may I, is the door open, does mail work."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    get_default_password_validators,
)
from django.forms import BoundField
from django.template.defaultfilters import stringfilter
from django.utils.safestring import SafeString

from storyboard.people import access, entrance, second_step
from storyboard.people.models import Act, KeeperAct, User
from storyboard.people.names import one_line

register = template.Library()
register.filter("one_line", stringfilter(one_line))

# Words in what a browser says of itself, the telling ones first: most claim to be others too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def may(row: object, ability: str) -> bool:
    """Answer whether whoever found `row` may do this: `{% if project|may:"EDIT" %}`."""
    return access.may(row, access.Ability[ability])


@register.simple_tag
def control(field: BoundField, focus: object = False) -> SafeString:
    """Draw a field's control without the placeholder that repeats its label."""
    field.field.widget.attrs.pop("placeholder", None)
    return field.as_widget(attrs={"autofocus": True} if focus else None)


@register.simple_tag
def no_account_yet() -> bool:
    return not User.objects.exists()


@register.simple_tag(takes_context=True)
def may_sign_up(context: dict[str, Any]) -> bool:
    return entrance.may_sign_up(context["request"])


@register.simple_tag(takes_context=True)
def carried_invitation(context: dict[str, Any]) -> object:
    return entrance.carried(context["request"])


@register.simple_tag(takes_context=True)
def passkeys_work(context: dict[str, Any]) -> bool:
    return second_step.passkeys_work(context["request"])


@register.simple_tag
def mail_is_printed() -> bool:
    """Answer whether letters go to whoever runs this instead of by mail."""
    return str(settings.EMAIL_BACKEND).endswith(".PrintAndKeep")


@register.simple_tag
def password_rules() -> str:
    """Say in a line what a new password must be."""
    lengths = [
        rule.min_length
        for rule in get_default_password_validators()
        if isinstance(rule, MinimumLengthValidator)
    ]
    least = max(lengths, default=1)
    return f"At least {least} characters of any kind; none that is known from leaks."


@register.filter
def browser(agent: str) -> str:
    """Say in words which browser calls itself so: Firefox on Linux."""
    name = next((name for word, name in BROWSERS if word in agent), "A program")
    system = next((name for word, name in SYSTEMS if word in agent), "")
    return f"{name} on {system}" if system else name


ICONS: dict[str, str] = {
    Act.ROLE: "users",
    Act.REMOVED: "user",
    Act.LEFT: "log-out",
    Act.JOINED: "user-plus",
    Act.GUEST_JOINED: "user-plus",
    Act.GUEST_REMOVED: "user",
    Act.GUEST_LEFT: "log-out",
    Act.INVITED: "link",
    Act.REVOKED: "link",
    Act.HANDED_OVER: "repeat",
    Act.LIMITED: "gauge",
    Act.KEYED: "key-round",
    Act.UNKEYED: "key-round",
    Act.REQUESTED: "hand-coins",
    Act.APPROVED: "circle-check",
    Act.DECLINED: "circle-x",
    Act.BEGUN: "plus",
    Act.BINNED: "trash-2",
    Act.RESTORED: "archive-restore",
    Act.DELETED: "trash-2",
    Act.MOVED_AWAY: "arrow-right",
    Act.MOVED_HERE: "arrow-left",
    Act.IMPORTED: "file-text",
    Act.RENDERED: "clapperboard",
    Act.SENT_AGAIN: "repeat",
    Act.LET_GO: "ban",
    Act.EXPORTED: "film",
    Act.REFUSED: "lock",
    KeeperAct.SWITCHED_OFF: "ban",
    KeeperAct.SWITCHED_ON: "lock-open",
    KeeperAct.SIGNED_OUT: "log-out",
    KeeperAct.STEP_OFF: "shield",
    KeeperAct.RESET_LINK: "link",
    KeeperAct.LETTER_OPENED: "mail",
    KeeperAct.RELEASED: "send",
    KeeperAct.HELD_SENT: "send",
    KeeperAct.HELD_LET_GO: "ban",
}


@register.filter
def activity_icon(act: str) -> str:
    """Return the icon's name of what somebody did."""
    return ICONS.get(act, "pencil")
