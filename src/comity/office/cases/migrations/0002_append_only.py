"""Steps and readings of cases only grow (I8); what a step quotes may be erased."""

from django.db import migrations

from comity.office.append_only import Rules, protect


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        protect(
            Rules(
                table="cases_casestep",
                fixed=(
                    "id",
                    "step_id",
                    "bureau",
                    "case_id",
                    "other_id",
                    "kind",
                    "at",
                    "by",
                    "version",
                    "item",
                    "undoes_id",
                ),
                erasable=("detail",),
            )
        ),
        protect(
            Rules(
                table="cases_casereading",
                fixed=("id", "bureau", "case_id", "officer", "at"),
                erasable=(),
            )
        ),
    ]
