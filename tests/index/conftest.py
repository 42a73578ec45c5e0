import pytest

from comity.index.writer import IndexWriter
from tests.index.feeding import AS_OF, NOW, Feed, country_of


class Index:
    """A writer with a reader beside it."""

    def __init__(self, directory, **options):
        self.feed = Feed()
        self.writer = IndexWriter(directory, "XPO", **options)
        self.reader = self.writer.reader(country_of)

    def put(self, *bodies):
        return self.writer.apply([self.feed.put(body) for body in bodies], AS_OF)

    def ask(self, query, viewer="SVN", at=NOW):
        return self.reader.answer(query, viewer, at)

    def ids(self, query, viewer="SVN", at=NOW):
        return [found.record_id for found in self.ask(query, viewer, at).candidates]


@pytest.fixture
def index(tmp_path):
    made = Index(tmp_path / "index")
    yield made
    made.writer.close()


@pytest.fixture
def make_index(tmp_path_factory):
    made = []

    def make(**options):
        made.append(Index(tmp_path_factory.mktemp("index"), **options))
        return made[-1]

    yield make
    for one in made:
        one.writer.close()
