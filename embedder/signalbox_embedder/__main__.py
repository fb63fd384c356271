"""python -m signalbox_embedder [--host 127.0.0.1] [--port 8080]: one process; SIGTERM ends it in order."""

import argparse
import os
import signal
import sys
from dataclasses import replace

import uvicorn

from .app import create_app
from .logs import set_up_logs
from .settings import Settings, SettingsError


def main() -> int:
    parser = argparse.ArgumentParser(prog="signalbox_embedder", description=__doc__)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    given = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    try:
        settings = replace(Settings.from_environment(os.environ), **given)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    # Threads are what `lanes` says, and no others.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    set_up_logs(settings.log_level)
    # uvicorn stops in order and then raises the signal again: a stop that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than a client keeps an idle connection, so that it does not use one that is being closed.
        timeout_keep_alive=65,
        timeout_graceful_shutdown=settings.stop_seconds,
        limit_concurrency=2_000,
        backlog=1_024,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
