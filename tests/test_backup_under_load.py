"""A backup while others write: sound, whole, and not older than its beginning."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.workshop import Workshop

pytestmark = [pytest.mark.process, pytest.mark.sqlite]

SETUP = """
import json
from tests.shelf import add_take
from storyboard.people.models import User
from storyboard.stories.models import Project
user = User.objects.create_user("writer@example.org", "a long password")
project = Project.objects.create(team=user.teams.get(), title="A story")
project.add_scene("A scene")
add_take(project)
print(json.dumps(project.pk))
"""
TAKE = """
INSERT INTO renders_take (project_id, render_id, number, file, original, poster, preview, sprite,
  video_type, fps, frames, width, height, bytes, sha256, seed, name, starred, made, fetch_said,
  created_at)
SELECT project_id, render_id, ?, ?, '', '', '', '',
  'mp4', 8, 8, 64, 64, 0, '', '', '', 0, '{}', '', created_at
FROM renders_take WHERE number = 1
"""
SPAN = """
INSERT INTO renders_span (take_id, "order", prompt, caption, first_frame, frames, poster)
VALUES (?, ?, ?, '', 0, 8, '')
"""


class Writer(threading.Thread):
    """Stores takes as fast as it can, each file before its row, and its spans with it."""

    def __init__(self, data: Path, project: int) -> None:
        super().__init__(daemon=True)
        self.data, self.project = data, project
        self.number, self.stopping = 1, False

    def run(self) -> None:
        with closing(sqlite3.connect(self.data / "storyboard.sqlite3", timeout=20)) as database:
            database.execute("PRAGMA synchronous=FULL")
            while not self.stopping:
                name = f"{self.project}/load-{self.number + 1}.mp4"
                (self.data / "takes" / name).write_bytes(name.encode())
                with database:
                    row = database.execute(TAKE, (self.number + 1, name)).lastrowid
                    database.executemany(SPAN, self._spans(row))
                self.number += 1

    @staticmethod
    def _spans(take: int | None) -> list[tuple]:
        return [(take, order, "words " * 200) for order in range(4)]


@pytest.fixture
def installed(tmp_path) -> Workshop:
    installation = Workshop(tmp_path / "data")
    installation.data.mkdir()
    installation.manage("migrate", "--verbosity=0")
    return installation


def test_each_of_several_backups_is_sound_and_whole(installed, tmp_path):
    project = installed.python(SETUP)
    (installed.data / "takes" / str(project)).mkdir(parents=True)
    (installed.data / "takes" / str(project) / "take-1.mp4").write_bytes(b"film")
    (installed.data / "takes" / str(project) / "take-1.webp").write_bytes(b"poster")
    writer = Writer(installed.data, project)
    writer.start()
    try:
        for round_ in range(4):
            before = writer.number
            target = tmp_path / f"copy-{round_}"
            installed.manage("backup", str(target))
            after = writer.number
            with closing(sqlite3.connect(target / "database.sqlite3")) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert copy.execute("PRAGMA foreign_key_check").fetchall() == []
                names = [name for (name,) in copy.execute("SELECT file FROM renders_take")]
                spans = copy.execute("SELECT COUNT(*) FROM renders_span").fetchone()[0]
            assert before <= len(names) <= after + 1
            assert spans == 1 + 4 * (len(names) - 1)
            assert [name for name in names if not (target / "takes" / name).is_file()] == []
    finally:
        writer.stopping = True
        writer.join(30)
    assert writer.number > 50
