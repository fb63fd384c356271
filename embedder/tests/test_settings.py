import pytest

from signalbox_embedder.settings import Settings, SettingsError


def test_defaults_need_no_environment() -> None:
    settings = Settings.from_environment({"PATH": "/bin", "EMBEDDER_URL": "http://here", "EMBEDDER_LANES": ""})
    assert settings.port == 8080
    assert 1 <= settings.lanes <= 4


def test_reads_every_kind_of_value() -> None:
    settings = Settings.from_environment({"EMBEDDER_LANES": "3", "EMBEDDER_HOST": "0.0.0.0", "EMBEDDER_LOG_LEVEL": "debug"})  # noqa: S104
    assert (settings.lanes, settings.host, settings.log_level) == (3, "0.0.0.0", "debug")  # noqa: S104


def test_names_every_problem_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_environment(
            {"EMBEDDER_LANES": "two", "EMBEDDER_TEXT_TOKENS": "513", "EMBEDDER_WINDOW": "3", "EMBEDDER_LOG_LEVEL": "loud"}
        )
    said = str(error.value).splitlines()
    assert len(said) == 4
    assert "EMBEDDER_LANES must be a whole number, not 'two'" in said
    assert "EMBEDDER_TEXT_TOKENS must be 8 to 512, not 513" in said
