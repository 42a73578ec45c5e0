"""The machine API does what its OpenAPI page says: schemathesis asks a running office."""

import subprocess
import sys
from pathlib import Path

from comity.kernel.codes import Role

EXAMPLES = "8"
"""For each operation and phase; a longer run by hand: docs/development.md."""
RULES_BEYOND_SCHEMA = "positive_data_acceptance"
"""Left out: a schema cannot say that a person needs a status or that an expiry must lie ahead (422)."""


def test_the_page_and_the_office_agree(world, tmp_path):
    home = world.homes["SI"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{home.settings.office_url}/api/v1/openapi.json",
        "--url",
        home.settings.office_url,
        "--tls-verify",
        str(home.network_ca),
        "--header",
        f"Authorization: Bearer {world.grant('SI', Role.DATA_OWNER)}",
        "--max-examples",
        EXAMPLES,
        "--exclude-checks",
        RULES_BEYOND_SCHEMA,
        "--suppress-health-check",
        "all",
        "--seed",
        "1",
        "--no-color",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
