"""The feed begins with its head row; entries only grow, body and salt may be erased (I8)."""

from django.db import migrations

from comity.ledger.commitments import GENESIS
from comity.office.append_only import Rules, protect


def make_head(apps, schema_editor):
    apps.get_model("feed", "FeedHead").objects.create(id=1, sequence=0, chain=GENESIS.hex())


class Migration(migrations.Migration):
    dependencies = [("feed", "0001_initial")]
    operations = [
        migrations.RunPython(make_head),
        protect(
            Rules(
                table="feed_feedentry",
                fixed=(
                    "sequence",
                    "record_id",
                    "version",
                    "operation",
                    "owner",
                    "owner_country",
                    "commitment",
                    "chain",
                    "restrictions",
                    "previous_restrictions",
                    "created_at",
                ),
                erasable=("salt", "body"),
            )
        ),
    ]
