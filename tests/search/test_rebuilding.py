"""Officers notice nothing of a rebuild: every search is answered in full by the real process."""

import threading

from comity.index.rebuilding import rebuild_from_rows
from tests.copies.partners import wait_until
from tests.search.nodes import ask


def test_no_search_fails_while_the_index_is_rebuilt(desk):
    questions = [
        ({"kind": "document", "number": "AB12345"}, desk.records.other_paper),
        ({"kind": "person", "name": "Anna Maria Eriksson", "birth_date": "1974-08-12"}, desk.records.bearer),
        ({"kind": "plate", "plate": "LJ AB-123"}, desk.records.car),
    ]
    ended, wrong, asked = threading.Event(), [], [0] * len(questions)

    def keep_asking(place):
        query, expected = questions[place]
        with desk.network.client("SI", token=desk.network.grant()) as client:
            while not ended.is_set():
                answer = ask(client, query)
                found = [candidate["record_id"] for candidate in answer["candidates"]]
                if (answer["state"], found) != ("HIT", [expected.record_id]):
                    wrong.append((answer["state"], found))
                asked[place] += 1

    def each_asked_again():
        before = list(asked)
        return wait_until(lambda: all(now > then + 5 for now, then in zip(asked, before, strict=True)))

    threads = [threading.Thread(target=keep_asking, args=(place,)) for place in range(len(questions))]
    for thread in threads:
        thread.start()
    for _ in range(3):
        assert each_asked_again()
        rebuild_from_rows(desk.network.homes["SI"].index_dir, "SVN", lambda *_: None)
    assert each_asked_again()
    ended.set()
    for thread in threads:
        thread.join()
    assert wrong == []
