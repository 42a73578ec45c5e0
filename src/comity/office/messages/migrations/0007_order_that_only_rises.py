from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0006_void_numbers"),
    ]

    operations = [
        migrations.RenameField(
            model_name="thread",
            old_name="sent",
            new_name="last_order",
        ),
        migrations.AlterField(
            model_name="thread",
            name="last_order",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="order",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
