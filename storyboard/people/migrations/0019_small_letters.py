from django.db import migrations
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    """An address with a capital letter, which a change of address kept, let its owner in no more."""
    apps.get_model("people", "User").objects.update(email=Lower("email"))
    addresses = apps.get_model("account", "EmailAddress").objects
    for row in addresses.exclude(email=Lower("email")).order_by("pk"):
        row.email = row.email.lower()
        # Left where it is somebody's already: whose it is, no migration can say.
        if not addresses.filter(email=row.email).exists():
            row.save(update_fields=("email",))


class Migration(migrations.Migration):

    dependencies = [
        ("people", "0018_owners_letters"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
