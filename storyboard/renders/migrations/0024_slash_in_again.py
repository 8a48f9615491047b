from django.db import migrations


def slash(apps, schema_editor):
    """A press of one's own could carry what marked a render as sent again; no press has a slash."""
    Render = apps.get_model("renders", "Render")
    for render in Render.objects.filter(nonce__regex=r"^again-[0-9]+$").exclude(state="asked"):
        render.nonce = render.nonce.replace("-", "/")
        render.save(update_fields=["nonce"])


class Migration(migrations.Migration):
    dependencies = [("renders", "0023_owed_letters")]

    operations = [migrations.RunPython(slash, migrations.RunPython.noop)]
