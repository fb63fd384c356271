"""Texts to token ids, token ids to vectors. Knows nothing of requests or waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .graph import GRID, IDS, MASK, PLACES, POSITIONS, VECTORS, build_graph
from .model_files import ModelFiles, find_model

#: A token is at most a word, and a word of more than 100 characters is one token whatever it says. Beyond this many
#: characters of ordinary text nothing would count any more, so the tokenizer need not read it.
CHARACTERS_PER_TOKEN = 64


@dataclass(frozen=True)
class Tokens:
    """One text as the model reads it."""

    ids: tuple[int, ...]
    #: True when the text was longer than what counts.
    truncated: bool


class Encoder:
    """Safe to use from several threads: the tokenizer and the runtime's session are."""

    def __init__(self, *, text_tokens: int, model: ModelFiles | None = None) -> None:
        self.model = model or find_model()
        self.text_tokens = text_tokens
        self.dim = self.model.dim
        # The file asks for padding to 128 and cuts there; batches are padded here, to their longest text.
        self._tokenizer = Tokenizer.from_file(str(self.model.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(text_tokens)
        options = onnxruntime.SessionOptions()
        # One core per batch: lanes side by side compute more texts a second than one batch spread over cores.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Memory for the largest batch would be kept for ever otherwise, once per lane and shape.
        options.enable_mem_pattern = False
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(self.model.folder))
        graph = build_graph(self.model)
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        """Same order. Every text has at least the two markers, also an empty one."""
        limit = self.text_tokens * CHARACTERS_PER_TOKEN
        # "fast": without each token's place in the text, which nobody asks for.
        encodings = self._tokenizer.encode_batch_fast([text[:limit] for text in texts])
        return [
            Tokens(tuple(encoding.ids), truncated=len(encoding.overflowing) > 0 or len(text) > limit)
            for encoding, text in zip(encodings, texts, strict=True)
        ]

    def vectors(self, batch: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Token ids of some texts -> float32 [texts, dim], each of length 1, whatever their neighbours are."""
        lengths = np.fromiter(map(len, batch), np.int64, len(batch))
        present = np.arange(lengths.max()) < lengths[:, np.newaxis]
        places = np.flatnonzero(present)
        grid = np.zeros(present.shape, np.int64)
        grid[present] = np.arange(len(places))
        inputs = {
            IDS: np.fromiter(chain.from_iterable(batch), np.int64, len(places)),
            POSITIONS: places % present.shape[1],
            PLACES: places,
            GRID: grid,
            MASK: present.astype(np.float32),
        }
        (vectors,) = self._session.run([VECTORS], inputs)
        result: NDArray[np.float32] = vectors
        return result
