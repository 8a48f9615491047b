from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('renders', '0003_life_of_a_render'),
    ]

    operations = [
        migrations.AlterField(
            model_name='render',
            name='attempt',
            field=models.PositiveIntegerField(default=0),
        ),
    ]
