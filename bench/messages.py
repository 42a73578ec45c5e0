"""Messages per second from desk to desk and back, and how long one takes when nothing else goes on.

python bench/messages.py [--json] [--quick] [--database sqlite|postgresql]

A secretariat and two bureaus as real processes over mutual TLS on this machine. Each message of 8 KB is
posted at the machine API, sealed, signed, relayed, verified, stored, and receipted by the other bureau;
it counts when its signed receipt is verified and stored at the sender. Budget: 200 a second.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from comity.kernel.codes import Role
from tests.harness.postgres import PostgresCluster
from tests.office.line.worlds import TWO_BUREAUS, LineWorld

TEXT = "0123456789abcdef" * 512
BUDGET_PER_S = 200
CONNECTIONS = 4
LIMIT_S = 300.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def post(machine, number):
    """Send one message and return its id."""
    draft = {"recipient": "FR", "subject": f"bench {number}", "text": TEXT}
    answer = machine.post("/api/v1/messages", draft)
    answer.raise_for_status()
    return answer.json()["header"]["message_id"]


def post_all(machine, numbers):
    """Send one message after the other."""
    for number in numbers:
        post(machine, number)


def wait_until(holds):
    """Return when `holds()` is true, looking 50 times a second."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit("messages did not arrive")
        time.sleep(0.02)


def headers(machine, after):
    """Return all headers behind a place in the list."""
    found = []
    while True:
        params = {"after": found[-1]["id"] if found else after, "limit": 200}
        page = machine.get("/api/v1/messages", params=params).json()["messages"]
        found += page
        if len(page) < 200:
            return found


def one_by_one(sender, recipient, count):
    """Return the milliseconds from the click to the text on the other desk."""
    taken = []
    for number in range(count):
        begun = time.perf_counter()
        message_id = post(sender, number)
        wait_until(lambda path=f"/api/v1/messages/{message_id}": recipient.get(path).status_code == 200)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def all_at_once(senders, recipient, count):
    """Return the seconds until `count` messages are accepted, stored at the recipient, receipted."""
    sender = senders[0]
    before, there = headers(sender, 0)[-1]["id"], len(headers(recipient, 0))
    begun = time.perf_counter()
    with ThreadPoolExecutor(len(senders)) as pool:
        shares = [range(start, count, len(senders)) for start in range(len(senders))]
        work = [pool.submit(post_all, *each) for each in zip(senders, shares, strict=True)]
        for each in work:
            each.result()
    accepted = time.perf_counter() - begun
    wait_until(lambda: len(headers(recipient, 0)) >= there + count)
    stored = time.perf_counter() - begun
    wait_until(lambda: all(header["state"] == "delivered" for header in headers(sender, before)))
    return accepted, stored, time.perf_counter() - begun


def cpu_s(world):
    """Return the processor seconds that each process of the world has used, children included."""
    used = {}
    for node, processes in world.processes.items():
        for kind, process in processes.running.items():
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            family = [process.pid, *map(int, children)]
            states = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in family]
            ticks = [state.split()[11:13] for state in states]
            seconds = sum(int(tick) for pair in ticks for tick in pair) / TICKS_PER_S
            used[f"{node} {kind}"] = seconds
    return used


def measure(folder, database, count):
    """Return the figures of one world."""
    with LineWorld.create(folder, TWO_BUREAUS, database=database) as world:
        world.open_desks()
        senders = [world.machine("SI", Role.OPERATOR) for _ in range(CONNECTIONS)]
        recipient = world.machine("FR", Role.OPERATOR)
        taken = sorted(one_by_one(senders[0], recipient, 30))
        before = cpu_s(world)
        accepted, stored, receipted = all_at_once(senders, recipient, count)
        spent = {name: used - before[name] for name, used in cpu_s(world).items()}
    return {
        "messages": count,
        "accepted_per_s": round(count / accepted),
        "stored_per_s": round(count / stored),
        "receipted_per_s": round(count / receipted),
        "budget_per_s": BUDGET_PER_S,
        **{f"cpu ms each, {name}": round(used / count * 1000, 1) for name, used in spent.items()},
        "one_ms_median": round(statistics.median(taken)),
        "one_ms_p95": round(taken[int(len(taken) * 0.95)]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    options = parser.parse_args()
    cluster = PostgresCluster.start() if options.database == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
            database = (lambda _: "sqlite") if cluster is None else cluster.new_database
            figures = measure(Path(folder), database, 200 if options.quick else 2_000)
    finally:
        if cluster is not None:
            cluster.stop()
    figures = {"database": options.database, **figures}
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
