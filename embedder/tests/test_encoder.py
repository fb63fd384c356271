import numpy as np
import pytest
from reference import Reference

from signalbox_embedder.encoder import Encoder

TEXTS = [
    "",
    "ok",
    "connection refused by webhook endpoint https://example.com/hooks after 5 attempts",
    "Die Zustellung ist gescheitert: der Empfänger antwortet nicht. 配信に失敗しました 🚨",
    "The build of main failed: three tests of the payment service did not pass, because the database was not reachable "
    "within the deadline of thirty seconds. " * 3,
]


def vectors_of(encoder: Encoder, *texts: str) -> np.ndarray:
    return encoder.vectors([tokens.ids for tokens in encoder.tokenize(texts)])


def test_tokenizes_as_the_model_was_trained(encoder: Encoder) -> None:
    # Vocabulary of bert-base-uncased: [CLS] hello world [SEP]; case and accents do not count.
    assert [tokens.ids for tokens in encoder.tokenize(["Hello WORLD", "héllo world"])] == [(101, 7592, 2088, 102)] * 2


def test_equals_a_reference_in_plain_numpy(encoder: Encoder) -> None:
    reference = Reference(encoder.model)
    computed = vectors_of(encoder, *TEXTS)
    for tokens, vector in zip(encoder.tokenize(TEXTS), computed, strict=True):
        np.testing.assert_allclose(vector, reference.vector(list(tokens.ids)), atol=2e-6)


def test_equals_the_similarities_that_the_authors_publish(encoder: Encoder) -> None:
    # https://www.sbert.net/docs/quickstart.html, for all-MiniLM-L6-v2
    vectors = vectors_of(encoder, "The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium.")
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_every_vector_has_length_1_and_384_numbers(encoder: Encoder) -> None:
    vectors = vectors_of(encoder, *TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_neighbours_in_a_batch_change_nothing(encoder: Encoder) -> None:
    together = vectors_of(encoder, *TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(vectors_of(encoder, text)[0], vector, atol=2e-6)


@pytest.mark.parametrize(
    ("text", "paraphrase", "unrelated"),
    [
        ("connection refused by webhook endpoint", "the receiver's server is not reachable", "Alice was added to the team"),
        ("certificate has expired", "the TLS cert of the host is no longer valid", "the pull request was merged"),
        ("the mailbox is full", "user is over quota, mail rejected", "a new release was published"),
        ("please fix the spelling in the README", "typo in documentation", "deployment of the payment service failed"),
    ],
)
def test_a_paraphrase_is_nearer_than_something_else(encoder: Encoder, text: str, paraphrase: str, unrelated: str) -> None:
    of_text, near, far = vectors_of(encoder, text, paraphrase, unrelated)
    assert of_text @ near > of_text @ far + 0.1


def test_says_when_only_the_beginning_counted(encoder: Encoder) -> None:
    words = ["signal"] * 254
    whole, longer, huge, unspaced = encoder.tokenize(
        [" ".join(words), " ".join([*words, "more"]), "signal " * 100_000, "x" * 50_000],
    )
    assert (len(whole.ids), whole.truncated) == (256, False)
    assert (len(longer.ids), longer.truncated) == (256, True)
    assert huge.truncated
    assert unspaced.truncated
    assert longer.ids == huge.ids == whole.ids
