"""`comity message send --attach` and `comity attachment`: files from the command line, going on after a cut."""

import os

import pytest

from comity.kernel.codes import Role


@pytest.fixture
def desk(offices):
    offices.account("SI", "operator", Role.OPERATOR)
    return offices


def test_a_file_is_sent_listed_and_got(desk, comity, tmp_path):
    home, data = desk.path("SI"), os.urandom(3 * 1024 * 1024)
    (tmp_path / "film.mp4").write_bytes(data)
    (tmp_path / "letter.txt").write_text("See the film.")
    who = ("--home", home, "--as", "operator")
    sent = comity(
        "message", "send", *who, "--to", "FR", "--subject", "Film",
        "--attach", tmp_path / "film.mp4", tmp_path / "letter.txt", "--json",
    )  # fmt: skip
    assert sent.code == 0, sent.err
    listed = comity("attachment", "list", *who, sent.json["message_id"], "--json")
    (row,) = listed.json
    assert (row["name"], row["size"], row["state"]) == ("film.mp4", len(data), "waiting")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "film.mp4.part").write_bytes(data[:1_500_000])
    got = comity("attachment", "get", *who, "--output", tmp_path / "out", row["attachment_id"], "--json")
    assert got.code == 0, got.err
    assert (tmp_path / "out" / "film.mp4").read_bytes() == data
    assert not (tmp_path / "out" / "film.mp4.part").exists()
    again = comity("attachment", "get", *who, "--output", tmp_path / "out", row["attachment_id"])
    assert again.code == 1
    assert "film.mp4" in comity("attachment", "list", *who, sent.json["message_id"]).out


def test_a_name_that_cannot_be_used_is_refused(desk, comity, tmp_path):
    (tmp_path / "a:b").write_text("x")
    (tmp_path / "letter.txt").write_text("t")
    refused = comity(
        "message", "send", "--home", desk.path("SI"), "--as", "operator", "--to", "FR", "--subject", "s",
        "--attach", tmp_path / "a:b", tmp_path / "letter.txt",
    )  # fmt: skip
    assert refused.code == 1
    assert "attachment.name" in refused.err


def test_an_upload_that_was_cut_goes_on(desk, comity, tmp_path):
    data = os.urandom(5 * 1024 * 1024)
    (tmp_path / "film.mp4").write_bytes(data)
    (tmp_path / "letter.txt").write_text("t")
    with desk.at("SI") as home:
        from comity.cli.attachments import attach_file
        from comity.office.attachments.models import Attachment
        from comity.office.scoping import acting_for
        from tests.office.attachments.desks import Desk
        from tests.office.core.making import now

        def cut(done, _of):
            raise InterruptedError

        with acting_for(home.bureau):
            with pytest.raises(InterruptedError):
                attach_file("operator", tmp_path / "film.mp4", now(), cut)
            whole = attach_file("operator", tmp_path / "film.mp4", now())
            assert Attachment.objects.count() == 1
            assert Desk().content(whole) == data
