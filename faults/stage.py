"""What is done inside an installation: a writer with stories, presses, and the testimony.

Each function prints JSON; `House` runs them by `manage.py shell`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from faults.evidence import story_of
from storyboard.people.models import Team, User
from storyboard.renders.models import Render, RenderEvent, Take
from storyboard.renders.queue import queue_story
from storyboard.renders.storage import take_store
from storyboard.renders.verify import names_of
from storyboard.stories.models import Project, Scene

FRAMES = 8


def say(answer: Any) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")


def write_stories(count: int) -> None:
    """Create a writer with `count` projects of one clip, every fourth of two; say which."""
    user = User.objects.create_user("writer@example.org", "a long password", name="Writer")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    team = Team.objects.of(user).get()
    projects = []
    for number in range(count):
        project = Project.objects.create(team=team, title=f"Story {number}")
        stories = [f"story {number}.{clip}" for clip in range(2 if number % 4 == 3 else 1)]
        place = 0
        for clip, story in enumerate(stories):
            for scene in range(2):
                Scene.objects.create(
                    project=project,
                    position=place,
                    prompt=f"{story}: scene {scene}, a lighthouse at dusk",
                    frames=FRAMES,
                    cut=clip > 0 and scene == 0,
                )
                place += 1
        projects.append({"pk": project.pk, "stories": stories})
    say({"session": session.session_key, "projects": projects})


def press_all() -> None:
    """Ask for every story once, as the page would; say which were taken in."""
    user = User.objects.get()
    for project in Project.objects.order_by("pk"):
        queue_story(project, user, f"press-{project.pk}", timezone.now())
    say(sorted(story_of(row.scenes[0]["prompt"]) for row in Render.objects.all()))


def testify() -> None:
    """Say all that the database and the takes' folder hold, files read again."""
    store = take_store()
    store.delete_parts_older_than(timezone.now())
    events: dict[int, list[tuple[str, str]]] = {}
    for event in RenderEvent.objects.order_by("pk"):
        events.setdefault(event.render_id, []).append((event.from_state, event.to_state))
    renders = [
        {
            "pk": render.pk,
            "story": story_of(render.scenes[0]["prompt"]),
            "state": render.state,
            "task_id": render.task_id,
            "reason": render.reason,
            "message": render.message,
            "leased": bool(render.lease_owner),
            "events": events.get(render.pk, []),
        }
        for render in Render.objects.order_by("pk")
    ]
    named: set[str] = set()
    takes = []
    for take in Take.objects.prefetch_related("spans").order_by("pk"):
        arrived = take.original or take.file
        beside = set(names_of(take)) - {arrived} | {take.file}
        named |= {arrived, *beside}
        content = store.path(arrived).read_bytes() if store.exists(arrived) else None
        takes.append(
            {
                "render": take.render_id,
                "story": "",
                "file": arrived,
                "bytes": take.bytes,
                "sha256": take.sha256,
                "bytes_found": None if content is None else len(content),
                "sha256_found": None if content is None else hashlib.sha256(content).hexdigest(),
                "missing": sorted(name for name in beside if not store.exists(name)),
            }
        )
    root = store.root
    there = {str(path.relative_to(root)) for path in root.glob("*/*") if path.is_file()}
    say(
        {
            "renders": renders,
            "takes": takes,
            "strays": sorted(there - named),
            "damage": damage(),
        }
    )


def damage() -> list[str]:
    """Return what the database's own checks find wrong."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA integrity_check")
            found = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            return found + [f"foreign key: {row}" for row in cursor.fetchall()]
        cursor.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        cursor.execute(
            "SELECT c.relname, bt_index_check(c.oid, true) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam"
            " WHERE n.nspname = 'public' AND c.relkind = 'i' AND a.amname = 'btree'"
        )
        cursor.fetchall()
    return []
