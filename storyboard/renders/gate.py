"""What every submission passes: whether it may leave now, one row for each account."""

from __future__ import annotations

from django.db import models


class Gate(models.Model):
    """One row an account, by its name; locked while a render takes its slot to be sent."""

    account = models.CharField(max_length=200, primary_key=True)
    # The service asked to be left alone until then.
    closed_until = models.DateTimeField(null=True)
    # The service refused the key or the account: its reason and words, or empty.
    refused = models.CharField(max_length=60, blank=True)
    refused_words = models.CharField(max_length=500, blank=True)
    refused_since = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_until = models.DateTimeField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    unreached_since = models.DateTimeField(null=True)
    # A hash by which another key is told from the refused one; never the key.
    key_mark = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.account
