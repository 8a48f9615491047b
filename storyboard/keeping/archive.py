"""What a backup is on disk: a folder or one .tar, whole under its name or not there at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

CHUNK = 1024 * 1024
TAR = ".tar"


class Damaged(Exception):
    """The backup cannot be read, or is not what its manifest says."""


@dataclass(frozen=True)
class Entry:
    """A file inside a backup: its path with forward slashes, its length and its hash."""

    path: str
    bytes: int
    sha256: str

    def as_json(self) -> dict[str, str | int]:
        return asdict(self)


class Hashing:
    """Reads a file and hashes whatever passes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        self.count += len(data)
        return data

    def entry(self, path: str) -> Entry:
        return Entry(path, self.count, self.digest.hexdigest())


def digest_of(file: BinaryIO, path: str) -> Entry:
    """Read a file to its end and say what it was."""
    hashing = Hashing(file)
    while hashing.read(CHUNK):
        pass
    return hashing.entry(path)


class Writer(Protocol):
    def add(self, path: str, source: BinaryIO, size: int) -> Entry:
        """Store `size` bytes under `path`; raise OSError when the source has more or fewer."""


class FolderWriter:
    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, path: str, source: BinaryIO, size: int) -> Entry:
        target = self.root / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        hashing = Hashing(source)
        with target.open("xb") as file:
            shutil.copyfileobj(hashing, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
        if hashing.count != size:
            raise OSError(f"{path} has {hashing.count} bytes instead of {size}")
        return hashing.entry(path)


class TarWriter:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar

    def add(self, path: str, source: BinaryIO, size: int) -> Entry:
        info = tarfile.TarInfo(path)
        info.size, info.mode = size, 0o600
        hashing = Hashing(source)
        self.tar.addfile(info, cast("BinaryIO", hashing))
        if source.read(1):
            raise OSError(f"{path} has more than {size} bytes")
        return hashing.entry(path)


@contextmanager
def new_archive(target: Path) -> Iterator[Writer]:
    """Give a writer to what becomes `target` at the end; an error leaves nothing behind.

    Raises FileExistsError rather than touch what is there.
    """
    if os.path.lexists(target):
        raise FileExistsError(f"{target} is there already")
    place = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=target.parent))
    try:
        part = place / target.name
        if target.suffix == TAR:
            with part.open("xb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    yield TarWriter(tar)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never replaces what came there meanwhile.
            os.link(part, target)
        else:
            part.mkdir(mode=0o700)
            yield FolderWriter(part)
            for folder, _, _ in os.walk(part):
                sync_folder(Path(folder))
            part.rename(target)
        sync_folder(target.parent)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def files_in(source: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Yield each file of a backup once, open for reading, in no order that means anything.

    Raises Damaged for what is no backup, or holds anything but plain files.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                raise Damaged(f"{path} is no plain file")
            if path.is_file():
                with path.open("rb") as file:
                    yield path.relative_to(source).as_posix(), file
        return
    try:
        with tarfile.open(source, mode="r:") as tar:
            for member in tar:
                inside = tar.extractfile(member) if member.isreg() else None
                if inside is None:
                    raise Damaged(f"{member.name!r} in {source} is no plain file")
                with inside:
                    yield member.name, cast("BinaryIO", inside)
    except FileNotFoundError as error:
        raise Damaged(f"There is no backup at {source}.") from error
    except (tarfile.TarError, EOFError) as error:
        raise Damaged(f"{source} is no backup, or was cut short: {error}.") from error


def is_plain(path: str) -> bool:
    """Whether a name inside a backup stays inside whatever folder it is unpacked to."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
