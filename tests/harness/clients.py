"""Clients that come in by the front door: a browser without scripts, a machine, an officer's search."""

import re
import ssl
from pathlib import Path
from typing import Any

import httpx

CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
TIMEOUT_S = 30.0


def trusting(network_ca: Path) -> ssl.SSLContext:
    """Return a TLS context that trusts the network's authority and presents no certificate."""
    return ssl.create_default_context(cafile=str(network_ca))


class Browserless:
    """A signed-in session at one office: keeps cookies, fills in CSRF tokens, runs no scripts."""

    def __init__(self, office_url: str, network_ca: Path) -> None:
        self.http = httpx.Client(
            base_url=office_url, verify=trusting(network_ca), timeout=TIMEOUT_S, follow_redirects=True
        )

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self.http.get(path)

    def token(self, path: str) -> str:
        """Return the CSRF token of the form on a page."""
        found = CSRF_FIELD.search(self.get(path).text)
        assert found, f"no form with a CSRF token at {path}"
        return found.group(1)

    def post(
        self, path: str, form: dict[str, Any], *, page: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send the form of `page` (default: of the path itself) as a browser would."""
        token = self.token(page or path)
        origin = str(self.http.base_url).rstrip("/")
        headers = {"Origin": origin, "Referer": f"{origin}{page or path}"}
        return self.http.post(path, data={**form, "csrfmiddlewaretoken": token}, headers=headers, **more)

    def sign_in(self, username: str, password: str) -> httpx.Response:
        """Sign in and return the page that follows."""
        answer = self.post("/accounts/login/", {"login": username, "password": password})
        assert answer.status_code == 200, answer.text
        assert "/accounts/login/" not in str(answer.url), f"sign-in of {username} refused"
        return answer

    def close(self) -> None:
        self.http.close()


class Machine:
    """A program at one bureau that presents a grant; speaks to the office's machine API."""

    def __init__(self, url: str, network_ca: Path, grant: str | None) -> None:
        headers = {"Authorization": f"Bearer {grant}"} if grant else {}
        self.http = httpx.Client(
            base_url=url, verify=trusting(network_ca), timeout=TIMEOUT_S, headers=headers
        )

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self.http.post(path, json=body, **more)

    def put(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return self.http.put(path, json=body, **more)

    def close(self) -> None:
        self.http.close()


class Searcher(Machine):
    """An officer's client of the search."""

    def search(
        self, query: dict[str, Any], *, purpose: str | None = "border_control", **more: Any
    ) -> httpx.Response:
        body = {"query": query, **({"purpose": purpose} if purpose else {}), **more}
        return self.post("/v1/search", body)

    def answer(self, query: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Search and return the answer; fails the test when it was refused."""
        response = self.search(query, **more)
        assert response.status_code == 200, response.text
        return response.json()
