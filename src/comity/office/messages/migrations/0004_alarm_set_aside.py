from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0003_proofs"),
    ]

    operations = [
        migrations.AddField(
            model_name="linealarm",
            name="cleared_by",
            field=models.CharField(blank=True, default="", max_length=36),
            preserve_default=False,
        ),
    ]
