"""How much is kept, of whom and where; in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from storyboard.exports.models import Film
from storyboard.keeping.figures import disk_free
from storyboard.people.models import Team
from storyboard.renders.models import Take


@dataclass
class Holding:
    """What one team keeps: takes as they arrived, and films made to be downloaded."""

    team: Team | None = None
    takes: int = 0
    take_bytes: int = 0
    films: int = 0
    film_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.take_bytes + self.film_bytes


@dataclass(frozen=True)
class Storage:
    """All of it; `teams` are those that keep the most, the largest first."""

    database: int
    total: Holding
    teams: list[Holding]
    # Teams that keep something, beyond those listed.
    others: int
    where: str
    free: int
    reserve: int


def storage(most: int) -> Storage:
    """Return how much is kept, and which `most` teams keep the largest part."""
    found = holdings()
    largest = sorted(found, key=lambda pk: (-found[pk].bytes, pk))[:most]
    named = Team.objects.in_bulk(largest)
    total = Holding()
    for one in found.values():
        total.takes += one.takes
        total.take_bytes += one.take_bytes
        total.films += one.films
        total.film_bytes += one.film_bytes
    for pk in largest:
        found[pk].team = named.get(pk)
    return Storage(
        database=database_bytes(),
        total=total,
        teams=[found[pk] for pk in largest],
        others=len(found) - len(largest),
        where=f"the bucket {settings.TAKES_BUCKET['bucket_name']}"
        if settings.TAKES_BUCKET
        else "this disk",
        free=disk_free(settings.DATA),
        reserve=settings.RESERVE_BYTES,
    )


def holdings(teams: list[int] | None = None) -> dict[int, Holding]:
    """Return by team what it keeps, in two queries; of `teams` alone where they are given."""
    takes, films = Take.objects.order_by(), Film.objects.order_by().exclude(file="")
    if teams is not None:
        takes = takes.filter(project__team__in=teams)
        films = films.filter(project__team__in=teams)
    found: dict[int, Holding] = {}
    counted = {"count": Count("pk"), "sum": Sum("bytes")}
    for row in takes.values("project__team").annotate(**counted):
        one = found.setdefault(row["project__team"], Holding())
        one.takes, one.take_bytes = row["count"], row["sum"]
    for row in films.values("project__team").annotate(**counted):
        one = found.setdefault(row["project__team"], Holding())
        one.films, one.film_bytes = row["count"], row["sum"]
    return found


def database_bytes() -> int:
    """Return how large the database is, the room in it that is free for new rows included."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        else:
            cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
