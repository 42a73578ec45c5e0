from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0005_common_signatures"),
    ]

    operations = [
        migrations.AddField(
            model_name="takelane",
            name="void_from",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="takelane",
            name="void_to",
            field=models.BigIntegerField(default=0),
        ),
    ]
