"""`make bench`: every figure as a ratio of two things measured turn by turn in this run."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile

# Before Django reads its settings: a data folder of its own, and the built-in defaults.
DATA = tempfile.mkdtemp(prefix="storyboard-bench-")
for name in ("DATABASE_URL", "DEBUG", "NOVITA_API_KEY", "NOVITA_BASE_URL", "PUBLIC_URL"):
    os.environ.pop(name, None)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "storyboard.settings",
    "LOG_LEVEL": "ERROR",
    "STORYBOARD_DATA": DATA,
}

import django
from django.core.management import call_command

django.setup()

from bench import (
    animatic,
    browser,
    crowd,
    doors,
    editor_page,
    files,
    films,
    people_at_once,
    player,
    polling,
    polls,
    races,
    web,
)


def main() -> None:
    call_command("prepare", verbosity=0)
    for figure in (
        web.scene_save,
        web.live_poll,
        files.files_sent,
        files.files_sent_to_anybody,
        races.lost_updates,
        editor_page.weight,
        editor_page.long_open,
        editor_page.long_frames,
        editor_page.long_cut,
        browser.editor,
        player.player,
        people_at_once.people_at_once,
        polling.polls,
        *polls.FIGURES,
        animatic.render,
        animatic.render_large,
        animatic.memory,
        animatic.gif,
        films.joined,
        crowd.crowd,
        doors.doors,
    ):
        sys.stdout.write(f"{figure()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    finally:
        shutil.rmtree(DATA, ignore_errors=True)
