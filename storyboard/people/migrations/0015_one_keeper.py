from django.db import migrations


def mark_the_keeper(apps, schema_editor):
    """The oldest account runs an installation of before its first account was written down."""
    User = apps.get_model("people", "User")
    oldest = User.objects.filter(is_active=True).order_by("pk").first()
    if oldest and not User.objects.filter(founder=True).exists():
        User.objects.filter(pk=oldest.pk).update(founder=True)


class Migration(migrations.Migration):

    dependencies = [("people", "0014_keeper_activity")]

    operations = [migrations.RunPython(mark_the_keeper, migrations.RunPython.noop)]
