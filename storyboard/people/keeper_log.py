"""What the person who runs the installation did to it, to accounts and to what waits in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from storyboard.people.append_only import AppendOnly


class KeeperAct(models.TextChoices):
    """The words of a sentence that begins with a name."""

    SWITCHED_OFF = "account switched off", "switched an account off"
    SWITCHED_ON = "account switched on", "switched an account on again"
    SIGNED_OUT = "signed out everywhere", "signed somebody out everywhere"
    STEP_OFF = "second step turned off", "turned a lost second step off"
    RESET_LINK = "reset link made", "made a link to set a new password"
    LETTER_OPENED = "letter opened", "opened a letter"
    CORRECTED = "row corrected", "corrected something in the administration"
    RELEASED = "safe mode ended", "ended safe mode"
    HELD_SENT = "held render sent", "let a held render be sent"
    HELD_LET_GO = "held render let go", "let a held render go"


class KeeperActivity(AppendOnly):
    """One thing that somebody did to the installation."""

    # Null once the account is deleted, and where it was done on the command line.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    person_name = models.CharField(max_length=80)
    act = models.CharField(max_length=30, choices=KeeperAct)
    # Whose account it was done to, if anybody's.
    whom = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    about = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(act__in=KeeperAct.values), name="keeper_act_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_act_display()}"
