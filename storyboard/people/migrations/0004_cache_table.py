"""The table in which tries are counted, for all processes together: Django's own, made by it."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("people", "0003_monthly_limit")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
