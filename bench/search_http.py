"""Searches per second over TLS with the journal on the disk, beside the same server answering a constant.

python bench/search_http.py [--json] [--quick]

A secretariat node with a made-up index asks itself with its own certificate; one search process, one
client process. `constant` is the same server and connection handling with an application that answers 200
at once: what is missing from its rate is the price of grant, index, rules and journal.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from comity.kernel.clock import SystemClock
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.kernel.ids import new_id
from comity.node.grants import issue_grant
from comity.node.home import NodeHome
from comity.node.settings import NodeSection, SearchSection, Settings
from comity.protocol.grants import Grant
from search_data import documents, fill
from search_index import measure

CONNECTIONS = (1, 16, 64, 128)
CONSTANT = """
import asyncio, sys, uvloop
from pathlib import Path
from comity.kernel.clock import SystemClock
from comity.node.home import NodeHome
from comity.search import server
async def constant(scope, receive, send):
    await receive()
    head = [(b"content-type", b"application/json"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b'{"live":true}'})
async def main():
    node = server.SearchNode(NodeHome.open(Path(sys.argv[1])), SystemClock())
    node.app = constant
    await server._Server(node.config()).serve()
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


def make_node(folder):
    """Make a secretariat on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = NodeSection(id="SEC", role=NodeRole.SECRETARIAT, country="XPO", name="Bench", network="Bench")
    settings = Settings(node=node, search=SearchSection(port=port))
    return NodeHome.create(folder, settings, SystemClock())


def grant(home):
    """Return a grant for an hour."""
    now = SystemClock().now()
    seconds = int(now.timestamp())
    return issue_grant(
        home.signing,
        Grant(
            grant_id=new_id(now),
            issuer=home.node,
            bureau=home.bureau,
            officer="bench",
            roles=frozenset([Role.OFFICER]),
            purposes=frozenset(Purpose),
            issued_at=seconds,
            expires_at=seconds + 3600,
        ),
    )


def load(home, token, connections, seconds):
    """Run the client and return its figures."""
    here = Path(__file__).parent
    command = [sys.executable, str(here / "search_load.py"), "--ca", str(home.network_ca)]
    command += ["--certificate", str(home.tls_certificate), "--key", str(home.tls_key)]
    command += ["--port", str(home.settings.search.port), "--connections", str(connections)]
    command += ["--seconds", str(seconds)]
    done = subprocess.run(command, input=token + "\n", capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def served(command, home, token, seconds):
    """Start a server, load it with each number of connections, and stop it."""
    with (home.log_dir / "bench.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log)
        wait_for(home.settings.search.port)
        try:
            load(home, token, 16, 1)
            return {str(count): with_cpu(process, home, token, count, seconds) for count in CONNECTIONS}
        finally:
            process.terminate()
            process.wait(20)


def with_cpu(process, home, token, connections, seconds):
    """Load the server; add its own processor time per answer, which a busy machine changes least."""
    before = cpu_s(process.pid)
    figures = load(home, token, connections, seconds)
    answers = figures["per_s"] * seconds
    return figures | {"server_cpu_us": round((cpu_s(process.pid) - before) / max(answers, 1) * 1e6)}


def cpu_s(pid):
    """Return the processor seconds that a process has used (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(port):
    """Return when somebody listens on `port`."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError


def http_figures(folder, document_count, seconds):
    """Return the rates of search and constant by number of connections, and their ratio at the best."""
    home = make_node(folder)
    fill(home.index_dir, [("travel_documents", documents(document_count))])
    token = grant(home)
    constant = served([sys.executable, "-c", CONSTANT, str(home.path)], home, token, seconds)
    search = served([sys.executable, "-m", "comity.search", "--home", str(home.path)], home, token, seconds)
    best = {
        name: max(figures["per_s"] for figures in one.values())
        for name, one in (("search", search), ("constant", constant))
    }
    return {
        "documents": document_count,
        "search": search,
        "constant": constant,
        "best_per_s": best,
        "search_to_constant": round(best["search"] / best["constant"], 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="under a minute, smaller index")
    options = parser.parse_args()
    sizes = (20_000, 3_000, 10_000) if options.quick else (1_000_000, 100_000, 100_000)
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "http": http_figures(Path(folder) / "node", sizes[0] // 10, 2 if options.quick else 8),
            "index": measure(Path(folder) / "index", *sizes),
        }
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
