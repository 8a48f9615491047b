"""`manage.py refreshcatalogue`: reads the service's model list now, covers included."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from storyboard.looks.catalogue import fetch_covers, refresh
from storyboard.novita.client import Client
from storyboard.novita.errors import NovitaError
from storyboard.novita.reasons import explain


class Command(BaseCommand):
    help = "Reads the checkpoints, LoRAs and embeddings that the service offers."

    def handle(self, *args: Any, **options: Any) -> None:
        engine = settings.NOVITA_BASE_URL
        client = Client(engine, settings.NOVITA_API_KEY)
        try:
            counts = refresh(client, engine, timezone.now())
        except NovitaError as error:
            words = explain(error.reason)
            raise CommandError(
                f"{engine} gave no whole list: {words.sentence} ({error}) "
                "The catalogue stays as it was."
            ) from error
        self.stdout.write(f"{counts.seen} models, {counts.new} new, {counts.gone} gone.")
        asked = 0
        while more := fetch_covers(client, engine, timezone.now(), most=20):
            asked += more
        self.stdout.write(f"{asked} covers asked for.")
