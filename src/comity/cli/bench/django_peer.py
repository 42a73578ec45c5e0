"""`python -m comity.cli.bench.django_peer --home DIR`: the peer, a plain Django view on PostgreSQL.

Served as the office is (gunicorn with threads, TLS 1.3) and with the search's own check of grants. It has
neither middleware nor journal nor restrictions, so it is given an easier task than the search. The address
of the database is the first line of standard input: it holds a password.
"""

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import django
from django.conf import settings

from comity.cli.options import HOME_VARIABLE
from comity.node.home import NodeHome
from comity.office.server import OfficeServer

THREADS: Final = 4
"""Measured from 1 to 72: four give the most answers on two processors."""


class PeerServer(OfficeServer):
    """The office's server, with as many threads as serve this view best."""

    def load_config(self) -> None:
        """Set what differs: nobody waits here, and more threads only wait for the interpreter."""
        super().load_config()
        self.cfg.set("threads", THREADS)


def set_up(database: str) -> None:
    """Configure Django for one view and one database."""
    address = urlsplit(database)
    settings.configure(
        DEBUG=False,
        SECRET_KEY=secrets.token_urlsafe(),
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="comity.cli.bench.django_view",
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
        LOGGING_CONFIG=None,
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": address.path.strip("/"),
                "USER": address.username,
                "PASSWORD": address.password,
                "HOST": address.hostname,
                "PORT": address.port,
                "CONN_MAX_AGE": None,
                "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1},
            }
        },
    )
    django.setup()


def application() -> Any:
    """Return the WSGI application."""
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="comity.cli.bench.django_peer")
    parser.add_argument("--home", type=Path, required=True)
    home = parser.parse_args().home
    set_up(sys.stdin.readline().strip())
    os.environ[HOME_VARIABLE] = str(home)
    PeerServer(NodeHome.open(home), application).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
