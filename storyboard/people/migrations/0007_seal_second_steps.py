from django.db import migrations

from storyboard.people.second_step import SEALED_ABOUT, SEALED_IN
from storyboard.people.sealing import seal, unseal


def in_every(apps, change):
    """What codes are made of lay in the database as it is."""
    for row in apps.get_model("mfa", "Authenticator").objects.all():
        found = {name: row.data[name] for name in SEALED_IN if name in row.data}
        if found:
            row.data |= {name: change(text, SEALED_ABOUT) for name, text in found.items()}
            row.save(update_fields=("data",))


def close(apps, schema_editor):
    in_every(apps, seal)


def open_again(apps, schema_editor):
    in_every(apps, unseal)


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0006_activity"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(close, open_again)]
