from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Until now no story could move: its team paid."""
    project = apps.get_model("stories", "Project").objects.filter(pk=OuterRef("project"))
    renders = apps.get_model("renders", "Render").objects.filter(payer=None)
    renders.update(payer=Subquery(project.values("team")))


class Migration(migrations.Migration):

    dependencies = [("renders", "0018_pay_by_team")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
