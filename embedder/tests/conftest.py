from collections.abc import Iterator

import pytest
from service import Service

from signalbox_embedder.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder(text_tokens=256)


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """One for all tests that do not change it."""
    with Service(EMBEDDER_LOG_LEVEL="debug") as started:
        yield started
