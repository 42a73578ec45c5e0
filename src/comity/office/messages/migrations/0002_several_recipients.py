import django.db.models.deletion
from django.db import migrations, models


def name_the_parties(apps, _schema_editor):
    """Threads and messages so far had one other bureau each."""
    for thread in apps.get_model("line", "Thread").objects.all():
        thread.parties = [thread.peer]
        thread.save(update_fields=["parties"])
    for message in apps.get_model("line", "Message").objects.all():
        message.recipients = [message.recipient]
        message.save(update_fields=["recipients"])


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel(
            name="InboxEnvelope",
        ),
        migrations.DeleteModel(
            name="OutboxItem",
        ),
        migrations.DeleteModel(
            name="PeerCounter",
        ),
        migrations.DeleteModel(
            name="RelayCursor",
        ),
        migrations.DeleteModel(
            name="RelayEnvelope",
        ),
        migrations.DeleteModel(
            name="RelayMailbox",
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=3)),
                ("recipient", models.CharField(max_length=3)),
                ("priority", models.CharField(max_length=8)),
                ("rank", models.PositiveSmallIntegerField()),
                ("sequence", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("relayed", "relayed"),
                            ("delivered", "delivered"),
                            ("read", "read"),
                            ("answered", "answered"),
                            ("expired", "expired"),
                            ("received", "received"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("waiting", models.BooleanField(default=True)),
                ("again", models.BooleanField(default=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("last_error", models.CharField(blank=True, max_length=60)),
                ("late", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("relayed_at", models.DateTimeField(null=True)),
                ("direct_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="InboxEnvelope",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.CharField(max_length=36)),
                ("bureau", models.CharField(max_length=3)),
                ("sender", models.CharField(max_length=24)),
                ("priority", models.CharField(max_length=8)),
                ("sequence", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField()),
                ("state", models.CharField(default="taken", max_length=8)),
                ("refused_code", models.CharField(blank=True, max_length=60)),
                ("envelope", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="LineAlarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=3)),
                ("kind", models.CharField(max_length=20)),
                ("peer", models.CharField(max_length=3)),
                ("key", models.CharField(max_length=60)),
                ("detail", models.JSONField(default=dict)),
                ("raised_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OutboxItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=3)),
                ("message_id", models.CharField(max_length=36, unique=True)),
                ("priority", models.CharField(max_length=8)),
                ("envelope", models.TextField()),
                ("size", models.PositiveIntegerField(default=0)),
                ("letter", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RelayLane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(max_length=24)),
                ("recipient", models.CharField(max_length=3)),
                ("priority", models.CharField(max_length=8)),
                ("highest", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="RelayMessage",
            fields=[
                ("message_id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("sender", models.CharField(max_length=24)),
                ("priority", models.CharField(max_length=8)),
                ("digest", models.CharField(max_length=64)),
                ("envelope", models.TextField(blank=True)),
                ("received_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RelayStanza",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recipient", models.CharField(max_length=3)),
                ("sender", models.CharField(max_length=24)),
                ("priority", models.CharField(max_length=8)),
                ("rank", models.PositiveSmallIntegerField()),
                ("sequence", models.BigIntegerField()),
                ("size", models.PositiveIntegerField()),
                ("stanza", models.TextField(blank=True)),
                ("received_at", models.DateTimeField()),
                ("acknowledged_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SendLane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=3)),
                ("peer", models.CharField(max_length=3)),
                ("priority", models.CharField(max_length=8)),
                ("last_sent", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="TakeLane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("bureau", models.CharField(max_length=3)),
                ("sender", models.CharField(max_length=24)),
                ("priority", models.CharField(max_length=8)),
                ("last_taken", models.BigIntegerField(default=0)),
                ("highest", models.BigIntegerField(default=0)),
                ("gap_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="messagereceiptrow",
            name="one_receipt_per_kind",
        ),
        migrations.AddField(
            model_name="message",
            name="answered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="attachments",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="message",
            name="form_definition",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="order",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="recipients",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="message",
            name="sealing_key",
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddField(
            model_name="message",
            name="shows_recipients",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="unit",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="messagereceiptrow",
            name="recipient",
            field=models.CharField(default="", max_length=3),
        ),
        migrations.AddField(
            model_name="thread",
            name="parties",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="thread",
            name="sent",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="envelope_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="message",
            name="form",
            field=models.CharField(max_length=50),
        ),
        migrations.AlterField(
            model_name="message",
            name="recipient",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AlterField(
            model_name="message",
            name="sequence",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "queued"),
                    ("relayed", "relayed"),
                    ("delivered", "delivered"),
                    ("read", "read"),
                    ("answered", "answered"),
                    ("expired", "expired"),
                    ("received", "received"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="thread",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="line.thread",
            ),
        ),
        migrations.AlterField(
            model_name="messagereceiptrow",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="line.message",
            ),
        ),
        migrations.AlterField(
            model_name="thread",
            name="peer",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddConstraint(
            model_name="messagereceiptrow",
            constraint=models.UniqueConstraint(
                fields=("message", "recipient", "kind"), name="one_receipt_per_kind"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="message",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="line.message",
            ),
        ),
        migrations.AddIndex(
            model_name="inboxenvelope",
            index=models.Index(
                condition=models.Q(("state", "taken"), _negated=True),
                fields=["bureau", "sender", "priority", "sequence"],
                name="inbox_not_taken",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxenvelope",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refused_code", "")),
                fields=("bureau", "message_id"),
                name="inbox_id_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxenvelope",
            constraint=models.UniqueConstraint(
                condition=models.Q(("refused_code", "")),
                fields=("bureau", "sender", "priority", "sequence"),
                name="inbox_number_once",
            ),
        ),
        migrations.AddField(
            model_name="linealarm",
            name="message",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alarms",
                to="line.message",
            ),
        ),
        migrations.AddIndex(
            model_name="outboxitem",
            index=models.Index(fields=["bureau", "expires_at"], name="outbox_expiry"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="item",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="deliveries",
                to="line.outboxitem",
            ),
        ),
        migrations.AddConstraint(
            model_name="relaylane",
            constraint=models.UniqueConstraint(
                fields=("sender", "recipient", "priority"), name="one_relay_lane"
            ),
        ),
        migrations.AddIndex(
            model_name="relaymessage",
            index=models.Index(fields=["expires_at"], name="relay_expiry"),
        ),
        migrations.AddField(
            model_name="relaystanza",
            name="message",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stanzas",
                to="line.relaymessage",
            ),
        ),
        migrations.AddConstraint(
            model_name="sendlane",
            constraint=models.UniqueConstraint(fields=("bureau", "peer", "priority"), name="one_send_lane"),
        ),
        migrations.AddConstraint(
            model_name="takelane",
            constraint=models.UniqueConstraint(fields=("bureau", "sender", "priority"), name="one_take_lane"),
        ),
        migrations.AddIndex(
            model_name="linealarm",
            index=models.Index(
                condition=models.Q(("cleared_at__isnull", True)),
                fields=["bureau", "-raised_at"],
                name="alarm_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="linealarm",
            constraint=models.UniqueConstraint(fields=("bureau", "kind", "peer", "key"), name="alarm_once"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("waiting", True)),
                fields=["rank", "next_attempt_at", "id"],
                name="delivery_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "relayed"]), ("message__isnull", False)),
                fields=["late", "created_at"],
                name="delivery_late",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("bureau", "recipient", "priority", "sequence"), name="delivery_number"
            ),
        ),
        migrations.AddIndex(
            model_name="relaystanza",
            index=models.Index(
                condition=models.Q(("acknowledged_at__isnull", True)),
                fields=["recipient", "rank", "id"],
                name="relay_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="relaystanza",
            constraint=models.UniqueConstraint(
                fields=("sender", "recipient", "priority", "sequence"), name="relay_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="relaystanza",
            constraint=models.UniqueConstraint(fields=("message", "recipient"), name="relay_once"),
        ),
        migrations.RunPython(name_the_parties, migrations.RunPython.noop),
    ]
