"""Put the triggers in place that refuse a disclosure without approval."""

from django.db import migrations

from comity.office.disclosures.guards import guard


class Migration(migrations.Migration):
    dependencies = [("disclosures", "0001_initial"), ("approvals", "0002_two_people")]
    operations = [guard()]
