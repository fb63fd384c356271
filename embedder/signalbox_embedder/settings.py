"""The only reader of the environment: parsed once, whole, at start; every problem is named."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields


class SettingsError(Exception):
    """What is wrong with the environment, one line per variable."""


def _default_lanes() -> int:
    # What this process may use, not what the machine has: a container's share is smaller.
    return max(1, min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2))


@dataclass(frozen=True)
class Settings:
    """Every value can be set by an environment variable EMBEDDER_<NAME>."""

    host: str = "127.0.0.1"
    port: int = 8080
    #: Batches that are computed at once. Each uses one core, so this bounds what the service takes from the machine.
    lanes: int = 0
    #: How long a batch may wait for company while another one is being computed. Nothing waits when all lanes are free.
    window_ms: int = 3
    #: Tokens of one batch, padding included. Larger ones are no faster per token (docs/decisions/0036).
    batch_tokens: int = 256
    #: Tokens that may wait; what would go beyond is answered 503. 32,768 are about 6 s of one core.
    queue_tokens: int = 32_768
    #: Tokens of one text that count, its two markers included; what follows is cut off, and the answer says so. The
    #: model's own limit is 512, it is recommended up to 256.
    text_tokens: int = 256
    #: Texts of one request; more are answered 422.
    request_texts: int = 256
    #: Bytes of one request's body; more are answered 413.
    request_bytes: int = 4_000_000
    #: How long a stop waits for answers that are still being computed.
    stop_seconds: int = 20
    #: debug also logs every request (never its text).
    log_level: str = "info"

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> "Settings":
        """Raises SettingsError with every problem. Unknown EMBEDDER_ names are problems too: they are misspelt ones."""
        known = {f"EMBEDDER_{field.name.upper()}": field for field in fields(Settings)}
        problems: list[str] = []
        values: dict[str, int | str] = {}
        for name, text in environment.items():
            # EMBEDDER_URL is what Signalbox itself is told; both may read one .env.
            if not name.startswith("EMBEDDER_") or name == "EMBEDDER_URL" or text == "":
                continue
            field = known.get(name)
            if field is None:
                problems.append(f"{name} is not a setting; there are {', '.join(sorted(known))}")
            elif field.type is str:
                values[field.name] = text
            elif text.isascii() and text.isdigit() and int(text) <= 1_000_000_000:
                values[field.name] = int(text)
            else:
                problems.append(f"{name} must be a whole number, not {text!r}")
        settings = Settings(**values)  # type: ignore[arg-type]
        bounds = {
            "port": (0, 65_535),
            "lanes": (0, 64),
            "window_ms": (0, 1_000),
            "batch_tokens": (16, 65_536),
            "queue_tokens": (512, 10_000_000),
            "text_tokens": (8, 512),
            "request_texts": (1, 4_096),
            "request_bytes": (1_000, 100_000_000),
            "stop_seconds": (1, 600),
        }
        for field_name, (low, high) in bounds.items():
            value = getattr(settings, field_name)
            if not low <= value <= high:
                problems.append(f"EMBEDDER_{field_name.upper()} must be {low} to {high}, not {value}")
        if settings.log_level not in ("debug", "info", "warning", "error"):
            problems.append(f"EMBEDDER_LOG_LEVEL must be debug, info, warning or error, not {settings.log_level!r}")
        if problems:
            raise SettingsError("\n".join(problems))
        if settings.lanes == 0:
            return Settings(**{**settings.__dict__, "lanes": _default_lanes()})
        return settings
