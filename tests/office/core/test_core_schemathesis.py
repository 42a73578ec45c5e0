"""The machine API does what its OpenAPI page says: schemathesis asks a running office."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.kernel.codes import Role
from tests.harness.worlds import TestWorld

EXAMPLES = "5"
"""For each operation and phase; a longer run by hand: docs/development.md."""
RULES_BEYOND_SCHEMA = "positive_data_acceptance"
"""Left out: a schema cannot say that a person needs a status or that an expiry must lie ahead (422)."""


WITHIN_S = 500


@pytest.fixture(scope="module")
def lonely_secretariat(tmp_path_factory):
    """A secretariat without members: the machine API is the same everywhere."""
    with TestWorld.create(tmp_path_factory.mktemp("lonely"), ()) as made:
        made.open_accounts()
        yield made


@pytest.mark.timeout(WITHIN_S + 60)
def test_the_page_and_the_office_agree(lonely_secretariat, tmp_path):
    home = lonely_secretariat.homes["SEC"]
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{home.settings.office_url}/api/v1/openapi.json",
        "--url",
        home.settings.office_url,
        "--tls-verify",
        str(home.network_ca),
        "--header",
        f"Authorization: Bearer {lonely_secretariat.grant('SEC', Role.DATA_OWNER)}",
        "--max-examples",
        EXAMPLES,
        "--exclude-checks",
        RULES_BEYOND_SCHEMA,
        "--suppress-health-check",
        "all",
        "--phases",
        "coverage,fuzzing",
        "--seed",
        "1",
        "--no-color",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=WITHIN_S
    )
    assert done.returncode == 0, done.stdout + done.stderr
