"""Private files: written whole, 0600, refused when others can read them."""

import os
import stat

import pytest

from comity.crypto.files import check_private_folder, make_private_folder, read_private, write_private
from comity.kernel.errors import ConfigurationError, ErrorCode


@pytest.fixture(autouse=True)
def _loose_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_written_private_whatever_the_umask(tmp_path):
    path = tmp_path / "key"
    write_private(path, b"one")
    write_private(path, b"two")
    assert read_private(path) == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])
def test_any_right_of_others_is_refused(tmp_path, mode):
    path = tmp_path / "key"
    write_private(path, b"secret")
    path.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        read_private(path)
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS
    assert caught.value.field == str(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        read_private(tmp_path / "nothing")
    assert caught.value.code is ErrorCode.CONFIG_MISSING


def test_a_link_is_not_followed(tmp_path):
    write_private(tmp_path / "real", b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigurationError) as caught:
        read_private(tmp_path / "link")
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS


def test_folder_is_0700_and_checked(tmp_path):
    folder = tmp_path / "keys"
    make_private_folder(folder)
    check_private_folder(folder)
    folder.chmod(0o750)
    with pytest.raises(ConfigurationError) as caught:
        check_private_folder(folder)
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS


def test_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "inside").write_bytes(b"x")
    with pytest.raises(OSError):
        write_private(path, b"cannot replace a folder")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]
