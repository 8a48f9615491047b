from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("renders", "0010_close_the_gate_over_a_key")]

    operations = [
        migrations.CreateModel(
            name="AccountBalance",
            fields=[
                ("engine", models.CharField(max_length=200, primary_key=True, serialize=False)),
                (
                    "available",
                    models.DecimalField(decimal_places=4, max_digits=14, null=True),
                ),
                ("read_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
            ],
        ),
    ]
