"""Stories, renders and takes as rows: times, states and sizes, and no word that a team wrote."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from storyboard.keeping.admin.rows import Rows
from storyboard.renders.models import Render, RenderEvent, Take
from storyboard.stories.models import Project


def link(kind: str, pk: int, words: str) -> SafeString:
    address = reverse(f"admin:{kind}_change", args=(pk,))
    return format_html('<a href="{}">{}</a>', address, words)


class OfStory(Rows):
    """A row that belongs to a story, which it names by number."""

    @admin.display(description="story", ordering="project")
    def story(self, row: Render | Take) -> SafeString:
        return link("stories_project", row.project_id, f"story {row.project_id}")


class ProjectRows(Rows):
    list_display = ("story", "team", "scenes", "version", "created_at", "updated_at", "deleted_at")
    list_select_related = ("team",)
    search_fields = ("=id", "team__name")
    ordering = ("-pk",)
    fields = (
        "story",
        "team",
        "created_by",
        "created_at",
        "updated_at",
        "version",
        "scenes",
        "deleted_at",
        "deleted_by",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        rows: QuerySet[Project] = super().get_queryset(request)
        return rows.annotate(scene_count=Count("scenes"))

    @admin.display(description="story", ordering="pk")
    def story(self, row: Project) -> str:
        return f"story {row.pk}"

    @admin.display(description="scenes")
    def scenes(self, row: Project) -> int:
        """Those in the bin among them."""
        count: int = row.scene_count  # type: ignore[attr-defined]
        return count


class RenderRows(OfStory):
    list_display = ("pk", "story", "state", "reason", "asked_by", "queued_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    search_fields = ("=id", "=task_id", "project__team__name")
    ordering = ("-pk",)
    fields = (
        "story",
        "payer",
        "asked_by",
        "state",
        "reason",
        "attempt",
        "tries",
        "misses",
        "engine",
        "task_id",
        "status_word",
        "progress",
        "estimate",
        "queued_at",
        "submitted_at",
        "finished_at",
        "changed_at",
        "next_step_at",
        "lease_owner",
        "lease_until",
        "log",
    )

    @admin.display(description="log")
    def log(self, row: Render) -> SafeString:
        address = reverse("admin:renders_renderevent_changelist")
        return format_html('<a href="{}?q={}">its log</a>', address, row.pk)


class EventRows(Rows):
    """The moves of a render; its notes may quote the service, and so a prompt."""

    list_display = ("at", "of_render", "from_state", "to_state")
    search_fields = ("=render__id",)
    ordering = ("-pk",)
    fields = ("of_render", "at", "from_state", "to_state")

    @admin.display(description="render", ordering="render")
    def of_render(self, row: RenderEvent) -> SafeString:
        return link("renders_render", row.render_id, f"render {row.render_id}")


class TakeRows(OfStory):
    list_display = ("pk", "story", "number", "bytes", "created_at", "binned_at", "lost_at")
    search_fields = ("=id", "project__team__name")
    ordering = ("-pk",)
    fields = (
        "story",
        "number",
        "of_render",
        "file",
        "video_type",
        "fps",
        "frames",
        "width",
        "height",
        "bytes",
        "sha256",
        "created_at",
        "binned_at",
        "lost_at",
        "fetch_due_at",
        "fetch_said",
    )

    @admin.display(description="render")
    def of_render(self, row: Take) -> SafeString:
        return link("renders_render", row.render_id, f"render {row.render_id}")
