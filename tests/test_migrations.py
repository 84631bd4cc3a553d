"""Before 1.0.0 nothing is live, so each app has one initial migration that is rewritten."""

import tomllib

import pytest
from django.apps import apps
from django.conf import settings

OURS = [config for config in apps.get_app_configs() if config.name in ("complaints", "home")]


@pytest.mark.parametrize("config", OURS, ids=lambda config: config.name)
def test_there_is_one_migration_until_1_0_0(config):
    project = tomllib.loads((settings.ROOT / "pyproject.toml").read_text())["project"]
    if int(project["version"].partition(".")[0]) >= 1:
        pytest.skip("From 1.0.0 on, migrations are added.")
    files = (settings.ROOT / config.name / "migrations").glob("[0-9]*.py")
    assert [file.name for file in files] == ["0001_initial.py"]
