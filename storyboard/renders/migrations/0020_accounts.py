import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("people", "0008_api_keys"), ("renders", "0019_payers_of_before")]

    operations = [
        migrations.RenameField("gate", "engine", "account"),
        migrations.RenameField("accountbalance", "engine", "account"),
        migrations.AddField(
            "render",
            "account",
            models.CharField(default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            "render",
            "api_key",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="renders",
                to="people.apikey",
            ),
        ),
        migrations.RemoveIndex("render", "render_sent"),
        migrations.AddIndex(
            "render", models.Index(fields=["account", "submitted_at"], name="render_sent_by")
        ),
    ]
