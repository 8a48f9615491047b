"""A PostgreSQL server of our own: a new folder, a free port, this machine only, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from tests.postgres.programs import program
from tests.waiting import free_port, wait_for

OWNER = "storyboard"


class Postgres:
    def __init__(self, folder: Path, settings: Sequence[str] = ()) -> None:
        """Start it with these settings, each as name=value, beside what its tests need."""
        self.folder = folder
        self.settings = settings
        self.port = free_port()
        folder.mkdir()
        # It refuses to be run by root.
        self.user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            # Whoever it is must be able to come by; folders of the system's own are open already.
            for above in (folder.parent, folder.parent.parent):
                if above.owner() == "root" and not above.stat().st_mode & 0o001:
                    above.chmod(0o711)
            shutil.chown(folder, self.user)
        data = folder / "data"
        subprocess.run(
            [program("initdb"), "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8"],
            check=True,
            user=self.user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(program("postgres"), "-D", str(self.folder / "data")),
                    *("-p", str(self.port), "-k", str(self.folder)),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"),
                    *(word for setting in self.settings for word in ("-c", setting)),
                ],
                user=self.user,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(self._answers, seconds=60)
        except BaseException:
            # Whoever asked has nothing to stop it by.
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
            raise
        return process

    def restart(self) -> None:
        """Let it crash in the middle of whatever it does, and come back."""
        self.stop()
        self.process = self._start()

    def url(self, name: str) -> str:
        return f"postgres://{OWNER}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> str:
        """Create a database, as a copy of `template`; return its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
