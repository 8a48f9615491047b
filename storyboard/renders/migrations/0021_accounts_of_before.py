from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    """Until now there was one account, whose name was the service's address."""
    apps.get_model("renders", "Render").objects.filter(account="").update(account=F("engine"))


class Migration(migrations.Migration):

    dependencies = [("renders", "0020_accounts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
