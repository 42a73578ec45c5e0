"""One run from an empty folder to the figures; what it made is removed whatever happens."""

import platform
import tempfile
from contextlib import ExitStack
from os import cpu_count, sysconf
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.cli.bench.building import build_documents, build_persons, disk_bytes, name_index_bytes
from comity.cli.bench.course import Course
from comity.cli.bench.display import Display
from comity.cli.bench.documents import Documents
from comity.cli.bench.exact import Exact, measure_exact
from comity.cli.bench.figures import SearchFigures
from comity.cli.bench.naming import CHANGES, FEWER_CHANGES, SMALL, Named, apply_changes, measure_names
from comity.cli.bench.servers import make_node
from comity.cli.bench.web import Peers, Web, measure_peers, measure_web
from comity.kernel.clock import SystemClock

PREFIX: Final = "comity-bench-"
MEGABYTE: Final = 1e6


def run(  # noqa: PLR0913, PLR0917 - one argument per option
    documents: int,
    peer_documents: int,
    persons: int,
    seconds: float,
    parent: Path | None,
    display: Display,
) -> SearchFigures:
    """Make the data, measure, and return the figures. `parent`: where the temporary folder is made.

    Raises `ComityError`, in particular `UnavailableError` (node.not_ready) with the last words of a process
    that did not come up.
    """
    clock = SystemClock()
    at = clock.now()
    made, given = Documents(documents, at), Documents(peer_documents, at)
    course = Course(made, given, persons, seconds, at, clock, display, parent)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent)))
        home, other = make_node(folder / "search", clock), make_node(folder / "constant", clock)
        build_seconds = build_documents(home.index_dir, course)
        size = disk_bytes(home.index_dir)
        exact = measure_exact(home.index_dir, course)
        web = measure_web(home, other, course)
        peers = measure_peers(home, course)
        changes = CHANGES if persons >= SMALL else FEWER_CHANGES
        with display.step(f"Apply {changes:,} changes"):
            updates_s = changes / apply_changes(home.index_dir, changes)
        names = folder / "persons"
        person_seconds = build_persons(names, course)
        name_bytes = name_index_bytes(names)
        named = measure_names(names, course)
    return SearchFigures(
        documents=documents,
        peer_documents=peer_documents,
        persons=persons,
        build_seconds=round(build_seconds, 1),
        bytes_per_record=round(size / documents, 1),
        index_updates_per_s=round(updates_s),
        name_index_mb=round(name_bytes / MEGABYTE, 1),
        **_of_exact(exact),
        **_of_web(web, peers),
        **_of_names(named),
        details={
            "machine": _machine(),
            "seconds": seconds,
            "build_persons_seconds": round(person_seconds, 1),
            "exact": msgspec.to_builtins(exact),
            "http": msgspec.to_builtins(web),
            "peers": msgspec.to_builtins(peers),
            "names": msgspec.to_builtins(named),
        },
    )


def _of_exact(exact: Exact) -> dict[str, Any]:
    return {
        "exact_median_us": exact.mix.median,
        "exact_p99_us": exact.mix.p99,
        "exact_hit_first_touch_us": exact.touch.median,
        "exact_hit_in_mix_us": exact.mix_hit.median if exact.mix_hit else None,
        "restriction_cost_percent": exact.restriction_percent,
    }


def _of_web(web: Web, peers: Peers) -> dict[str, Any]:
    django = peers.django.per_s if peers.django else None
    return {
        "http_per_s": web.search.per_s,
        "http_constant_per_s": web.constant.per_s,
        "http_ratio_to_constant": round(web.search.per_s / web.constant.per_s, 3),
        "http_ratio_to_constant_alike": round(web.search.per_s / web.constant_alike.per_s, 3),
        "http_bare_constant_per_s": web.bare.per_s,
        "http_ratio_to_bare_constant": round(web.search.per_s / web.bare.per_s, 3),
        "http_checked_constant_per_s": web.checked.per_s,
        "http_ratio_to_checked_constant": round(web.search.per_s / web.checked.per_s, 3),
        "http_p99_ms_at_half_load": web.half.p99_ms,
        "disk_p99_ms": web.disk.p99,
        "batch_1000_ms": web.batch.median_ms,
        "rss_mb": web.memory_mb["VmRSS"],
        "postgres_lookup_median_us": peers.lookup_us.median if peers.lookup_us else None,
        "http_django_postgres_per_s": django,
        "http_ratio_to_django_postgres": round(web.search.per_s / django, 2) if django else None,
        "skipped": peers.skipped,
    }


def _of_names(named: Named) -> dict[str, Any]:
    return {
        "name_median_ms": named.quiet.median,
        "name_p99_ms": named.quiet.p99,
        "name_p99_ms_while_applying": named.applying.p99,
        "odd_query_worst_ms": named.odd_worst,
    }


def _machine() -> dict[str, Any]:
    """Return what the figures depend on, and nothing that names the machine."""
    memory = sysconf("SC_PAGE_SIZE") * sysconf("SC_PHYS_PAGES")
    return {
        "processors": cpu_count(),
        "memory_gb": round(memory / 1e9, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
