"""Sentence embeddings for Signalbox's search, over HTTP. See ../README.md."""

__version__ = "0.1.0"
