"""Put the triggers in place that hold the rule of two people."""

from django.db import migrations

from comity.office.approvals.guards import guard


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]
    operations = [guard()]
