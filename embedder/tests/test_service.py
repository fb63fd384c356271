import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from service import Service

from signalbox_embedder.encoder import Encoder

# What Weaviate 1.39 sends: its structure for the answer, with a configuration.
FROM_WEAVIATE = {
    "text": "retry budget per tenant",
    "dims": 0,
    "vector": None,
    "error": "",
    "config": {"pooling_strategy": "masked_mean", "task_type": "query"},
}


def test_speaks_the_protocol_of_text2vec_transformers(service: Service, encoder: Encoder) -> None:
    assert service.client.get("/.well-known/live").status_code == 204
    assert service.client.get("/.well-known/ready").status_code == 204
    meta = service.client.get("/meta").json()
    assert (meta["model"], meta["dim"], meta["normalized"]) == ("all-MiniLM-L6-v2", 384, True)
    for path in ("/vectors", "/vectors/"):
        answered = service.client.post(path, json=FROM_WEAVIATE)
        assert answered.status_code == 200
        body = answered.json()
        assert set(body) == {"text", "vector", "dim"}
        assert (body["text"], body["dim"], len(body["vector"])) == ("retry budget per tenant", 384, 384)
        (expected,) = encoder.vectors([encoder.tokenize(["retry budget per tenant"])[0].ids])
        np.testing.assert_allclose(body["vector"], expected, atol=2e-6)


def test_needs_no_configuration_and_takes_an_empty_text(service: Service) -> None:
    assert service.client.post("/vectors", json={"text": ""}).status_code == 200


def test_answers_many_texts_in_their_order(service: Service, encoder: Encoder) -> None:
    texts = [f"{'word ' * (index % 40)}number {index}" for index in range(100)]
    body = service.client.post("/vectors/batch", json={"texts": texts}).json()
    assert (body["dim"], body["model"], body["truncated"]) == (384, "all-MiniLM-L6-v2", [])
    expected = np.concatenate([encoder.vectors([tokens.ids]) for tokens in encoder.tokenize(texts)])
    np.testing.assert_allclose(body["vectors"], expected, atol=5e-6)


def test_concurrent_requests_each_get_their_own_vector(service: Service, encoder: Encoder) -> None:
    texts = [f"delivery {index} failed {'again ' * (index % 9)}" for index in range(200)]
    with ThreadPoolExecutor(32) as threads:
        bodies = list(threads.map(lambda text: service.client.post("/vectors", json={"text": text}).json(), texts))
    for text, body in zip(texts, bodies, strict=True):
        (expected,) = encoder.vectors([encoder.tokenize([text])[0].ids])
        assert body["text"] == text
        np.testing.assert_allclose(body["vector"], expected, atol=5e-6)
    assert service.metric("embedder_batch_texts_count") < service.metric("embedder_texts_total")


def test_says_that_a_text_was_cut(service: Service) -> None:
    long = "signal " * 1_000
    assert "x-truncated" not in service.client.post("/vectors", json={"text": "short"}).headers
    assert service.client.post("/vectors", json={"text": long}).headers["x-truncated"] == "true"
    assert service.client.post("/vectors/batch", json={"texts": ["short", long]}).json()["truncated"] == [1]


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/vectors", b"{", 400, "not JSON"),
        ("/vectors", b'{"text":"\xff"}', 400, "not JSON"),
        ("/vectors", rb'{"text":"\ud800"}', 400, "not JSON"),
        ("/vectors", b"{}", 422, "/text"),
        ("/vectors", b'{"text":7}', 422, "/text"),
        ("/vectors", b'{"text":"a","config":{"pooling_strategy":"cls"}}', 422, "/config/pooling_strategy"),
        ("/vectors", b'{"text":"a","config":{"dimensions":128}}', 422, "/config/dimensions"),
        ("/vectors/batch", b'{"texts":[]}', 422, "/texts"),
        ("/vectors/batch", b'{"texts":["a",null]}', 422, "/texts/1"),
        ("/vectors/batch", b'{"texts":["a"],"model":"other"}', 422, "/model"),
        ("/vectors/batch", json.dumps({"texts": ["a"] * 257}).encode(), 422, "at most 256"),
        ("/vectors", b'{"text":"' + b"a" * 4_000_000 + b'"}', 413, "4000000 bytes"),
        ("/nothing", b"{}", 404, "Not Found"),
        ("/meta", b"{}", 405, "Method Not Allowed"),
    ],
)
def test_refuses_with_the_reason(service: Service, path: str, body: bytes, status: int, says: str) -> None:
    answered = service.client.post(path, content=body)
    assert answered.status_code == status
    assert says in answered.json()["error"]


def test_takes_a_body_of_exactly_as_many_bytes_as_it_may_have(service: Service) -> None:
    texts = ["word " * 199_990] * 4
    body = json.dumps({"texts": texts}).encode()
    body += b" " * (4_000_000 - len(body))
    answered = service.client.post("/vectors/batch", content=body)
    assert answered.status_code == 200
    assert answered.json()["truncated"] == [0, 1, 2, 3]
    assert service.client.post("/vectors/batch", content=body + b" ").status_code == 413


def test_takes_ten_thousand_tokens_in_one_text_and_in_one_request(service: Service, encoder: Encoder) -> None:
    words = [f"word{index % 10}" for index in range(5_000)]
    (cut,) = encoder.tokenize([" ".join(words)])
    assert cut.truncated
    answered = service.client.post("/vectors", json={"text": " ".join(words)})
    assert (answered.status_code, answered.headers["x-truncated"]) == (200, "true")
    np.testing.assert_allclose(answered.json()["vector"], encoder.vectors([cut.ids])[0], atol=5e-6)

    texts = [" ".join(words[start : start + 100]) for start in range(0, 5_000, 100)]
    tokens = encoder.tokenize(texts)
    assert sum(len(text.ids) for text in tokens) > 10_000
    assert not any(text.truncated for text in tokens)
    vectors = service.client.post("/vectors/batch", json={"texts": texts}).json()["vectors"]
    expected = np.concatenate([encoder.vectors([text.ids]) for text in tokens])
    np.testing.assert_allclose(vectors, expected, atol=5e-6)


def test_a_body_of_unknown_length_is_cut_off_as_well(service: Service) -> None:
    answered = service.client.post("/vectors", content=(b" " * 1_000_000 for _ in range(5)))
    assert answered.status_code == 413


def test_metrics_are_prometheus_text(service: Service) -> None:
    answered = service.client.get("/metrics")
    assert answered.headers["content-type"].startswith("text/plain; version=0.0.4")
    before = service.metric("embedder_texts_total")
    service.client.post("/vectors/batch", json={"texts": ["a", "b", "c"]})
    assert service.metric("embedder_texts_total") == before + 3
    assert service.metric('embedder_requests_total{route="/vectors/batch",status="200"}') >= 1
    assert service.metric("embedder_waiting_texts") == 0
    assert service.metric("process_resident_memory_bytes") > 0


def test_no_text_gets_into_the_log(service: Service) -> None:
    canary = "canary-7f3a91"
    service.client.post("/vectors", json={"text": canary})
    service.client.post("/vectors", content=f'{{"text":"{canary}"'.encode())
    service.client.get(f"/{canary}")
    log = service.log()
    assert '"route": "/vectors"' in log
    assert canary not in log


def test_a_full_queue_answers_503_with_retry_after_and_goes_on() -> None:
    with Service(EMBEDDER_LANES="1", EMBEDDER_QUEUE_TOKENS="2000") as service:
        texts = ["a notification of some twenty tokens, long enough to be worth a moment of the processor " * 4] * 8

        def ask(_: int) -> httpx.Response:
            return service.client.post("/vectors/batch", json={"texts": texts})

        with ThreadPoolExecutor(40) as threads:
            answers = list(threads.map(ask, range(80)))
        taken = [answered for answered in answers if answered.status_code == 200]
        refused = [answered for answered in answers if answered.status_code == 503]
        assert len(taken) + len(refused) == 80
        assert len(taken) > 0
        assert len(refused) > 0
        assert all(1 <= int(answered.headers["retry-after"]) <= 30 for answered in refused)
        assert all("waiting" in answered.json()["error"] for answered in refused)
        assert service.metric('embedder_rejected_texts_total{reason="queue-full"}') == 8 * len(refused)
        assert ask(0).status_code == 200


def test_what_a_client_that_has_gone_asked_for_is_not_computed() -> None:
    # As many tokens as a text can have: all of them would take one lane many times as long as the test.
    texts = ["some text that takes the processor a while " * 40] * 256
    with Service(EMBEDDER_LANES="1", EMBEDDER_QUEUE_TOKENS="1000000") as service:
        connections = [service.ask_and_keep("/vectors/batch", {"texts": texts}) for _ in range(4)]
        service.wait_until("embedder_taken_texts_total", 1_024)
        for connection in connections:
            connection.close()
        service.wait_until('embedder_requests_total{route="/vectors/batch",status="499"}', 4)
        # What is being computed is finished, and then it is somebody else's turn.
        assert service.client.post("/vectors", json={"text": "still here"}).status_code == 200
        assert service.metric("embedder_texts_total") < 1_024
        service.wait_until("embedder_waiting_texts", 0)
        assert service.metric("embedder_waiting_tokens") == 0


def test_a_stop_answers_what_it_has_taken() -> None:
    with Service(EMBEDDER_LANES="1") as service, ThreadPoolExecutor(24) as threads:
        texts = ["some text that takes the processor a while " * 10] * 16
        asked = [threads.submit(service.client.post, "/vectors/batch", json={"texts": texts}) for _ in range(16)]
        while service.metric("embedder_taken_texts_total") < 256:
            assert not any(future.done() and future.result().status_code != 200 for future in asked)
        service.ask_to_stop()
        assert service.wait() == 0
        assert [future.result().status_code for future in asked] == [200] * 16
        assert '"msg": "stopped"' in service.log()


def test_a_wrong_setting_ends_it_with_the_reason() -> None:
    with pytest.raises(AssertionError, match="EMBEDDER_LANES must be a whole number"), Service(EMBEDDER_LANES="many"):
        pass
