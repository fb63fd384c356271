"""What the model can do with nothing around it: `python bare_loop.py --seconds 3 --lanes 2 < texts.json` (a list of texts).

Prints { "single": one by one in one thread, "batched": in batches of similar length in `lanes` threads }, each as
{ "perSecond": texts/s, "cpuMs": milliseconds of CPU a text }. bench/rows/embedder.ts puts the service's figures beside these.
"""

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from signalbox_embedder.batcher import choose
from signalbox_embedder.encoder import Encoder
from signalbox_embedder.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--lanes", type=int, default=1)
    given = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    texts: list[str] = json.load(sys.stdin)
    settings = Settings()
    encoder = Encoder(text_tokens=settings.text_tokens)

    def batches() -> list[list[str]]:
        """All texts, shortest first, each batch as large as the service would make it."""
        left = sorted(zip((tokens.ids for tokens in encoder.tokenize(texts)), texts, strict=True), key=lambda pair: len(pair[0]))
        made = []
        while left:
            chosen = choose([ids for ids, _ in left[:256]], settings.batch_tokens)
            made.append([left[index][1] for index in chosen])
            left = [pair for index, pair in enumerate(left) if index not in set(chosen)]
        return made

    def run(batch: list[str]) -> int:
        encoder.vectors([tokens.ids for tokens in encoder.tokenize(batch)])
        return len(batch)

    def measure(work: list[list[str]], lanes: int) -> dict[str, float]:
        with ThreadPoolExecutor(lanes) as threads:
            list(threads.map(run, work[:8]))
            count, started, cpu = 0, time.perf_counter(), time.process_time()
            while (seconds := time.perf_counter() - started) < given.seconds:
                count += sum(threads.map(run, work))
            return {"perSecond": count / seconds, "cpuMs": (time.process_time() - cpu) / count * 1_000}

    print(json.dumps({"single": measure([[text] for text in texts], 1), "batched": measure(batches(), given.lanes)}))


if __name__ == "__main__":
    main()
