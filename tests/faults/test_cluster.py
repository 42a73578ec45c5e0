"""The servers of a world come up again whatever befalls them, and say why when they do not."""

import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from comity.cli.bench.cluster import NoPostgresError, PostgresCluster, PostgresFailedError

ODD = "no_such_setting = 1\n"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[PostgresCluster]:
    folder = tmp_path_factory.mktemp("cluster")
    for each in (folder, *folder.parents):
        if not each.stat().st_mode & stat.S_IXOTH:  # the server's user has to get through
            each.chmod(0o711)
    try:
        made = PostgresCluster.start(folder)
    except PostgresFailedError:
        raise
    except NoPostgresError as error:
        pytest.skip(str(error))
    yield made
    made.stop()


def answers(cluster: PostgresCluster) -> bool:
    with psycopg.connect(cluster.url("postgres")) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@pytest.fixture
def put_right(cluster) -> Iterator[Callable[[], object]]:
    """A server that is stopped and cannot start; to be called to let it."""
    cluster.end("fast")
    settings = cluster.folder / "data" / "postgresql.auto.conf"
    known = settings.read_text()
    settings.write_text(known + ODD)
    yield lambda: settings.write_text(known)
    settings.write_text(known)
    cluster.begin()


def test_several_may_start_one_server_at_once(cluster):
    """A keeper that finds it gone, and whoever made the trouble."""
    cluster.end("immediate")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: cluster.begin(), range(4)))
    assert answers(cluster)


def test_what_keeps_a_server_from_starting_may_pass(cluster, put_right):
    with ThreadPoolExecutor(1) as pool:
        beginning = pool.submit(cluster.begin)
        with pytest.raises(TimeoutError):
            beginning.result(1.5)
        put_right()
        beginning.result(60)
    assert answers(cluster)


def test_the_error_has_the_end_of_the_servers_log(cluster, put_right):
    with pytest.raises(PostgresFailedError, match="no_such_setting"):
        cluster.begin(patience_s=0)
    put_right()
    cluster.begin()
    assert answers(cluster)
