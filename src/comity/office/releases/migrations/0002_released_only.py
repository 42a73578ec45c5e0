"""Put the triggers in place that refuse an own message without the release that it needs."""

from django.db import migrations

from comity.office.releases.guards import guard


class Migration(migrations.Migration):
    dependencies = [
        ("releases", "0001_initial"),
        ("approvals", "0002_two_people"),
        ("line", "0007_order_that_only_rises"),
    ]
    operations = [guard()]
