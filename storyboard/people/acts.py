"""What can be done in a team that its owners read of later, and the rows that say so."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from storyboard.people.append_only import AppendOnly


class Act(models.TextChoices):
    """What owners can read of later: the words of a sentence that begins with a name."""

    STARTED = "team started", "started the team"
    RENAMED = "team renamed", "renamed the team"
    LIMITED = "limit set", "set the monthly limit"
    KEYED = "API key entered", "entered an API key"
    UNKEYED = "API key taken away", "took the API key away"
    ROLE = "role changed", "changed what somebody may do"
    REMOVED = "member removed", "took somebody out of the team"
    LEFT = "member left", "left the team"
    JOINED = "member joined", "joined the team"
    GUEST_JOINED = "guest joined", "joined a story as a guest"
    GUEST_REMOVED = "guest removed", "took a guest out of a story"
    GUEST_LEFT = "guest left", "left a story"
    INVITED = "invitation made", "made an invitation"
    REVOKED = "invitation taken back", "took an invitation back"
    HANDED_OVER = "team handed over", "handed the team over"
    BEGUN = "story begun", "began a story"
    BINNED = "story binned", "moved a story to the bin"
    RESTORED = "story restored", "brought a story back from the bin"
    DELETED = "story deleted", "deleted a story for good"
    MOVED_AWAY = "story moved away", "moved a story to another team"
    MOVED_HERE = "story moved here", "moved a story here from another team"
    IMPORTED = "script imported", "brought a script into a story"
    RENDERED = "renders asked for", "asked for renders"
    REQUESTED = "renders requested", "asked an owner for renders"
    APPROVED = "renders approved", "let renders be sent that were asked for"
    WITHDRAWN = "renders withdrawn", "took a request for renders back"
    DECLINED = "renders declined", "declined renders that were asked for"
    SENT_AGAIN = "render sent again", "sent a render again"
    CANCELLED = "render cancelled", "cancelled a render"
    STOPPED = "render waited for no more", "stopped waiting for a render"
    LET_GO = "render let go", "let a render go"
    EXPORTED = "film asked for", "asked for a film to take along"
    REFUSED = "refused", "was refused"


class Activity(AppendOnly):
    """One thing that somebody did in a team. Rows are added, and go with their team alone."""

    team = models.ForeignKey("people.Team", models.CASCADE, related_name="activities")
    # Null once the account is deleted; the name stays with the team, as what they wrote does.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    person_name = models.CharField(max_length=80)
    act = models.CharField(max_length=30, choices=Act)
    about = models.CharField(max_length=200, blank=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    TEAM_PATH = "team"

    class Meta:
        verbose_name_plural = "activities"
        indexes = (models.Index(fields=("team", "-id"), name="activity_of_team"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(act__in=Act.values), name="activity_act_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_act_display()}"
