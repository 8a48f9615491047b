"""A name in the store never stands for half a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from storyboard.renders.store import StoreFull, TakeStore
from tests.buckets import names_in


def files(store: TakeStore) -> list[str]:
    """Return what is in the store, and beside a bucket what is on the disk."""
    here = {p.relative_to(store.root).as_posix() for p in store.root.rglob("*") if p.is_file()}
    return sorted(names_in(store) | here)


@pytest.fixture
def disk(tmp_path) -> TakeStore:
    return TakeStore(tmp_path / "takes")


def test_what_is_saved_can_be_opened(store):
    store.save("7/film.mp4", b"frames")
    with store.open("7/film.mp4") as file:
        assert file.read() == b"frames"
    assert store.size("7/film.mp4") == 6
    assert store.exists("7/film.mp4")
    assert files(store) == ["7/film.mp4"]


def test_a_part_that_is_not_kept_vanishes(store):
    with store.part("7") as part:
        part.file.write(b"half")
    assert files(store) == []


def test_an_error_while_writing_leaves_nothing(store):
    with pytest.raises(TypeError), store.part("7") as part:
        part.file.write("text where bytes belong")
    assert files(store) == []


def test_the_name_appears_only_when_the_part_is_kept(store):
    with store.part("7") as part:
        part.file.write(b"whole")
        assert not store.exists("7/film.mp4")
        store.keep(part, "7/film.mp4")
        assert store.size("7/film.mp4") == 5
    assert files(store) == ["7/film.mp4"]


def test_a_rename_that_fails_leaves_the_file_that_was_there(disk, monkeypatch):
    disk.save("7/film.mp4", b"first")

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        disk.save("7/film.mp4", b"second")
    with disk.open("7/film.mp4") as file:
        assert file.read() == b"first"
    assert files(disk) == ["7/film.mp4"]


@pytest.mark.parametrize(
    "name", ["../film.mp4", "7/../../film.mp4", "/etc/passwd", "film.mp4", "7/.hidden", "", "7/a/b"]
)
def test_a_name_outside_the_store_is_refused(store, name):
    with pytest.raises(ValueError, match="no name"):
        store.path(name)


def test_only_old_parts_are_swept_away(disk):
    disk.save("7/film.mp4", b"kept")
    old, young = disk.root / "7/old.part", disk.root / "7/young.part"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    at = datetime(2026, 5, 1, tzinfo=UTC)
    os.utime(old, ((at - timedelta(days=2)).timestamp(),) * 2)
    os.utime(young, (at.timestamp(),) * 2)
    assert disk.delete_parts_older_than(at - timedelta(days=1)) == 1
    assert files(disk) == ["7/film.mp4", "7/young.part"]


def test_a_full_disk_is_noticed_before_anything_is_fetched(store, settings):
    store.check_room()
    settings.RESERVE_BYTES = 2**62
    with pytest.raises(StoreFull):
        store.check_room()
