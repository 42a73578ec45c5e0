"""The journal only grows; body and salt may be erased (I8)."""

from django.db import migrations

from comity.office.append_only import Rules, protect


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial")]
    operations = [
        protect(
            Rules(
                table="supervision_journalevent",
                fixed=(
                    "id",
                    "bureau",
                    "at",
                    "node",
                    "officer",
                    "action",
                    "subject",
                    "allowed",
                    "code",
                    "commitment",
                ),
                erasable=("salt", "body"),
            )
        )
    ]
