"""`manage.py migrate`: as Django's, and a killed one never stands between two migrations."""

from __future__ import annotations

from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeExecutor(MigrationExecutor):
    """Commits a migration and the note that it was applied together.

    Django writes the note after its commit where indexes or keys were left to the end: a process
    that dies between the two leaves tables that the next run tries to create again, and fails.
    """

    def apply_migration(
        self,
        state: ProjectState,
        migration: Migration,
        fake: bool = False,
        fake_initial: bool = False,
    ) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        # SQLite cannot stop checking keys once a transaction has begun.
        with (
            self.connection.constraint_checks_disabled(),
            transaction.atomic(using=self.connection.alias),
        ):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False
    ) -> ProjectState:
        if not migration.atomic:
            return super().unapply_migration(state, migration, fake)
        with (
            self.connection.constraint_checks_disabled(),
            transaction.atomic(using=self.connection.alias),
        ):
            return super().unapply_migration(state, migration, fake)


# The command knows its executor by this name alone.
migrate.MigrationExecutor = WholeExecutor  # type: ignore[attr-defined]


class Command(migrate.Command):
    pass
