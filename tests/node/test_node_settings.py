"""Settings: what is odd is refused and named; nothing switches a check off."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.files import write_private
from comity.kernel.codes import AlarmRate, NodeRole, QueryShape, SourceKind
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.matching.names import Script
from comity.node.alarm_settings import overrides_of
from comity.node.settings import (
    NodeSection,
    SecretariatSection,
    Settings,
    SourceSection,
    parse_settings,
    read_settings,
    to_toml,
)

BUREAU = """
[node]
id = "SI"
role = "bureau"
country = "SVN"
name = "National Central Bureau"
network = "Test"

[secretariat]
url = "https://secretariat.example"
"""
POST = (
    BUREAU.replace('"SI"', '"SI-post1"').replace('"bureau"', '"post"')
    + '\n[post]\nbureau_url = "https://ncb.example:8443"\n'
)
SECRETARIAT = (
    BUREAU.replace('"SI"', '"SEC"')
    .replace('"bureau"', '"secretariat"')
    .replace('"SVN"', '"XPO"')
    .replace("https://secretariat.example", "")
)


@pytest.mark.parametrize("text", [BUREAU, POST, SECRETARIAT], ids=["bureau", "post", "secretariat"])
def test_each_role_reads_with_stated_defaults(text):
    settings = parse_settings(tomllib.loads(text))
    assert settings.search.copy_max_age_s == 172_800
    assert settings.search.total_budget_ms == 700
    assert [(source.name, source.kind) for source in settings.sources] == [("international", SourceKind.COPY)]
    assert parse_settings(tomllib.loads(to_toml(settings))) == settings


def test_addresses_have_defaults():
    assert parse_settings(tomllib.loads(BUREAU)).office_url == "https://localhost:8443"
    assert parse_settings(tomllib.loads(POST)).office_url == ""
    assert parse_settings(tomllib.loads(SECRETARIAT)).secretariat_url == "https://localhost:8443"


ODD, UNKNOWN, MISSING = ErrorCode.CONFIG_ODD_VALUE, ErrorCode.CONFIG_UNKNOWN_KEY, ErrorCode.CONFIG_MISSING
LIVE = '[[sources]]\nname = "live"\nkind = "live"\nurl = "https://sec.example"\n'


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("", MISSING, "node"),
        (BUREAU.replace('id = "SI"\n', ""), MISSING, "node.id"),
        (BUREAU.replace('url = "https://secretariat.example"', ""), MISSING, "secretariat.url"),
        (POST.split("[post]", maxsplit=1)[0], MISSING, "post.bureau_url"),
        (BUREAU + "[nodes]\n", UNKNOWN, "nodes"),
        (BUREAU + "[office]\nport_number = 1\n", UNKNOWN, "office.port_number"),
        (BUREAU + LIVE + "weight = 1\n", UNKNOWN, "sources[0].weight"),
        (BUREAU + "[search]\ncopy_max_age_s = 0\n", ODD, "search.copy_max_age_s"),
        (BUREAU + "[search]\ncopy_max_age_s = 99999999\n", ODD, "search.copy_max_age_s"),
        (BUREAU + "[search]\ntotal_budget_ms = 0\n", ODD, "search.total_budget_ms"),
        (BUREAU + "[search]\ntotal_budget_ms = -1\n", ODD, "search.total_budget_ms"),
        (BUREAU + "[search]\nmax_body_bytes = 0\n", ODD, "search.max_body_bytes"),
        (BUREAU + "[search]\nworkers = true\n", ODD, "search.workers"),
        (BUREAU + "[search]\nworkers = 1.5\n", ODD, "search.workers"),
        (BUREAU + '[office]\nport = "8443"\n', ODD, "office.port"),
        (BUREAU + "[office]\nport = 70000\n", ODD, "office.port"),
        (BUREAU + '[office]\npublic_url = "http://ncb.example"\n', ODD, "office.public_url"),
        (BUREAU + '[office]\npublic_url = "https://ncb.example/path"\n', ODD, "office.public_url"),
        (BUREAU + '[office]\npublic_url = "https://a:b@ncb.example"\n', ODD, "office.public_url"),
        (BUREAU + '[search]\npublic_url = "https://ncb.example:99999"\n', ODD, "search.public_url"),
        (BUREAU + "[worker]\ndirectory_refresh_s = 0\n", ODD, "worker.directory_refresh_s"),
        (BUREAU + '[database]\nurl = "mysql://x"\n', ODD, "database.url"),
        (BUREAU + '[database]\nurl = ""\n', ODD, "database.url"),
        (BUREAU + LIVE.replace("https://sec.example", ""), ODD, "sources[0].url"),
        (BUREAU + LIVE.replace('"live"\nurl', '"copy"\nurl'), ODD, "sources[0].url"),
        (BUREAU + LIVE + LIVE, ODD, "sources.name"),
        (BUREAU + LIVE.replace('name = "live"', 'name = "Live one"'), ODD, "sources[0].name"),
        ("sources = []\n" + BUREAU, ODD, "sources"),
        (BUREAU + '[search]\nalarm_rate = "5%"\n', ODD, "search.alarm_rate"),
        (BUREAU + "[search.thresholds]\nname = 200\n", ODD, "search.thresholds.name"),
        (BUREAU + "[search.thresholds]\nname = 900\n", ODD, "search.thresholds.name"),
        (BUREAU + '[search.thresholds]\nname = "600"\n', ODD, "search.thresholds"),
        (BUREAU + "[search.thresholds]\nalias = 600\n", UNKNOWN, "search.thresholds.alias"),
        (BUREAU + "[search.thresholds.runic]\nname = 600\n", UNKNOWN, "search.thresholds.runic"),
        (BUREAU + "[search.thresholds.arabic]\nalias = 600\n", UNKNOWN, "search.thresholds.arabic.alias"),
        (BUREAU + "[search.thresholds.arabic]\nname = 99\n", ODD, "search.thresholds.arabic.name"),
        (BUREAU.replace('"SI"', '"si"'), ODD, "node.id"),
        (BUREAU.replace('"SI"', '"SI-post1"'), ODD, "node.id"),
        (POST.replace('"SI-post1"', '"SI"'), ODD, "node.id"),
        (BUREAU.replace('"SI"', '"SEC"'), ODD, "node.role"),
        (BUREAU.replace('"bureau"', '"secretariat"'), ODD, "node.role"),
        (BUREAU.replace('"bureau"', '"hub"'), ODD, "node.role"),
        (BUREAU.replace('"SVN"', '"XQZ"'), ODD, "node.country"),
        (BUREAU.replace('"SVN"', '"D"'), ODD, "node.country"),
        (BUREAU.replace('"SVN"', '"XPO"'), ODD, "node.country"),
        (SECRETARIAT.replace('"XPO"', '"SVN"'), ODD, "node.country"),
        (BUREAU.replace('"National Central Bureau"', '""'), ODD, "node.name"),
        (BUREAU + '[post]\nbureau_url = "https://ncb.example"\n', ODD, "post"),
        (POST.replace("https://ncb.example:8443", "http://ncb.example"), ODD, "post.bureau_url"),
    ],
)
def test_odd_settings_are_refused_and_named(text, code, key):
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(tomllib.loads(text))
    assert (caught.value.code, caught.value.field) == (code, key)


def test_alarm_rate_and_thresholds_are_read_and_survive_the_file():
    text = (
        BUREAU + '[search]\nalarm_rate = "1%"\n[search.thresholds]\nname = 600\narabic = {name_date = 380}\n'
    )
    read = parse_settings(tomllib.loads(text))
    assert read.search.alarm_rate is AlarmRate.ONE_IN_100
    assert overrides_of(read.search.thresholds) == {
        (None, QueryShape.NAME): 600,
        (Script.ARABIC, QueryShape.NAME_DATE): 380,
    }
    assert parse_settings(tomllib.loads(to_toml(read))) == read
    assert parse_settings(tomllib.loads(BUREAU)).search.alarm_rate is AlarmRate.ONE_IN_1000


def test_error_does_not_repeat_the_value():
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(tomllib.loads(BUREAU + '[database]\nurl = "mysql://user:hunter2@host/x"\n'))
    assert "hunter2" not in str(caught.value) + caught.value.detail


@pytest.mark.parametrize("content", [b"[node", b"\xff\xfe"], ids=["toml", "utf8"])
def test_unreadable_file_is_refused(tmp_path, content):
    write_private(tmp_path / "comity.toml", content)
    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path / "comity.toml")
    assert (caught.value.code, caught.value.field) == (ODD, "comity.toml")


def test_file_must_be_private(tmp_path):
    write_private(tmp_path / "comity.toml", BUREAU.encode())
    assert read_settings(tmp_path / "comity.toml").node.id == "SI"
    (tmp_path / "comity.toml").chmod(0o644)
    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path / "comity.toml")
    assert caught.value.code is ErrorCode.CONFIG_PERMISSIONS


@given(st.text(min_size=1, max_size=100), st.text(min_size=1, max_size=100))
@settings(max_examples=200, deadline=None)
def test_any_name_survives_the_file(name, network):
    node = NodeSection(id="SI", role=NodeRole.BUREAU, country="SVN", name=name, network=network)
    wanted = Settings(
        node=node,
        secretariat=SecretariatSection(url="https://sec.example"),
        sources=[SourceSection(name="copy", kind=SourceKind.COPY)],
    )
    assert parse_settings(tomllib.loads(to_toml(wanted))) == wanted
