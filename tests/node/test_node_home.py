"""The data directory: made once, private, refused otherwise."""

import stat

import pytest

from comity.kernel.clock import FixedClock
from comity.kernel.errors import ConfigurationError, ErrorCode, TrustError
from comity.node.home import NodeHome, hosts_of
from comity.protocol.members import MemberStatus


def test_everything_in_a_home_is_private(network):
    for home in network.homes.values():
        for path in [home.path, *home.path.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path


def test_home_comes_back_as_it_was_made(network):
    for node, home in network.homes.items():
        again = NodeHome.open(home.path)
        assert (again.node, again.settings) == (node, home.settings)
        assert again.public_keys == home.public_keys
        assert again.secret_key() == home.secret_key()
        assert again.bureau == node.split("-")[0]


def test_secretariat_founds_its_network_with_itself(tmp_path, make):
    home = NodeHome.create(tmp_path / "SEC", make.settings("SEC"), FixedClock(make.now))
    trusted = home.directory.current(make.now)
    assert trusted.version == 1
    assert [(member.node, member.status) for member in trusted.directory.members] == [
        ("SEC", MemberStatus.ACTIVE)
    ]
    assert trusted.active("SEC").country == "XPO"


def test_other_nodes_trust_nobody_before_they_joined(tmp_path, make):
    home = NodeHome.create(tmp_path / "SI", make.settings("SI"), FixedClock(make.now))
    with pytest.raises(TrustError) as caught:
        home.directory.current(make.now)
    assert caught.value.code is ErrorCode.DIRECTORY_MISSING
    for ask in (home.client_tls, lambda: home.server_tls("required"), home.authority, home.trust):
        with pytest.raises(ConfigurationError) as missing:
            ask()
        assert missing.value.code is ErrorCode.CONFIG_MISSING
    assert home.server_tls("none")


def test_home_is_made_once(network):
    home = network.homes["SI"]
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.create(home.path, home.settings, FixedClock(network.at))
    assert caught.value.code is ErrorCode.CONFIG_EXISTS


def test_home_half_made_does_not_open(tmp_path, make):
    home = NodeHome.create(tmp_path / "SI", make.settings("SI"), FixedClock(make.now))
    (home.path / "comity.toml").unlink()
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.open(home.path)
    assert caught.value.code is ErrorCode.CONFIG_MISSING


@pytest.mark.parametrize(
    "name",
    [
        "",
        "keys",
        "tls",
        "spool",
        "index",
        "log",
        "run",
        "comity.toml",
        "keys/ed25519.key",
        "keys/ml_dsa_65.key",
        "keys/sealing.key",
        "keys/secret.key",
        "tls/key.pem",
        "authority/key.pem",
    ],
)
def test_a_home_that_others_can_read_does_not_open(tmp_path, make, name):
    home = NodeHome.create(tmp_path / "SEC", make.settings("SEC"), FixedClock(make.now))
    path = home.path / name if name else home.path
    path.chmod(path.stat().st_mode | stat.S_IRGRP)
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.open(home.path)
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS
    assert caught.value.field == str(path)


@pytest.mark.parametrize("name", ["keys/ed25519.key", "keys/sealing.key", "tls/key.pem", "comity.toml"])
def test_a_home_without_a_key_does_not_open(tmp_path, make, name):
    home = NodeHome.create(tmp_path / "SI", make.settings("SI"), FixedClock(make.now))
    (home.path / name).unlink()
    with pytest.raises(ConfigurationError) as caught:
        NodeHome.open(home.path)
    assert (caught.value.code, caught.value.field) == (ErrorCode.CONFIG_MISSING, str(home.path / name))


def test_hosts_of_addresses():
    assert hosts_of(["https://ncb.example:8443", "", "https://[::1]:9"]) == ["ncb.example", "::1"]
