import importlib.util
import sys
from pathlib import Path

import pytest

LIMIT_MB = 400


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="not in a virtual environment of its own")
def test_the_installed_size_stays_under_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """What `du -sm` says: blocks on the disk, each file once."""
    files = {(stat.st_dev, stat.st_ino): stat.st_blocks * 512 for path in Path(sys.prefix).rglob("*") for stat in [path.lstat()]}
    megabytes = sum(files.values()) / 2**20
    with capsys.disabled():
        print(f"\ninstalled size of {sys.prefix}: {megabytes:.0f} MB (limit {LIMIT_MB})")
    assert megabytes <= LIMIT_MB


@pytest.mark.parametrize("name", ["torch", "transformers", "sentence_transformers", "huggingface_hub", "requests"])
def test_nothing_that_is_heavy_or_downloads_is_installed(name: str) -> None:
    assert importlib.util.find_spec(name) is None
