"""Questions are compared by their meaning where an operator wants it: vectors are rows, made once, and their absence
harms nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from sqlalchemy import Engine, func, select

from bot.content import meanings
from bot.content.encoders import Builtin, Endpoint
from bot.content.library import assemble
from bot.content.meanings import Questions, keep_rows, make_vectors
from bot.content.records import PolicyDocument
from bot.core.db import reading, transaction
from bot.policies.answering import answer
from bot.understanding.phrases import Phrases
from models.content import content_version
from models.meanings import Meaning, vectors_of
from tests.support.place import eventually


def card(slug: str, name: str, *asks: str) -> PolicyDocument:
    return PolicyDocument.model_validate(
        {
            "slug": slug, "short_name": name, "title": name, "level": "北京市", "kind": "政策措施", "category": "政策",
            "status": "现行有效", "grade": "A", "verified_at": "2026-11-30", "summary": f"{name}怎么办", "asks": asks,
        }
    )  # fmt: skip


CARDS = [
    card("zhao", "营业执照补领", "执照找不着了咋整", "搬家把照弄丢了"),
    card("dai", "首次贷款贴息", "利息太高有没有人给补", "第一次借钱利息能少点吗"),
    card("shang", "商标注册", "名字被别人抢先登记了", "牌子想保护起来"),
]


def texts(cards: list[PolicyDocument]) -> list[str]:
    return [text for one in cards for text in meanings.texts_of(one)]


def filled(engine: Engine, encoder: Builtin | Endpoint, cards: list[PolicyDocument]) -> int:
    with transaction(engine) as db:
        changed = keep_rows(db, encoder.model, texts(cards))
    while make_vectors(engine, encoder):
        pass
    return changed


def unmade(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).where(Meaning.vector.is_(None))) or 0


def test_a_question_in_other_words_finds_its_package_by_meaning(engine: Engine) -> None:
    model = Builtin()
    filled(engine, model, CARDS)
    with reading(engine) as db:
        library = assemble(1, CARDS, {}, Phrases(), vectors=vectors_of(db, model.model))
    assert library.nearness is not None
    for asked, meant in (
        ("公司的证件遗失", "营业执照补领"),
        ("银行钱太贵政府管不管", "首次贷款贴息"),
        ("品牌怎么不让别家用", "商标注册"),
    ):
        near = library.nearness.of(model.vectors([asked])[0])
        assert answer(library, asked, near=near).packages[0].short_name == meant


def test_one_changed_question_makes_one_vector_and_every_process_hears_of_it(engine: Engine) -> None:
    model = Builtin()
    assert filled(engine, model, CARDS) == len(texts(CARDS))
    with reading(engine) as db:
        before, version = vectors_of(db, model.model), content_version(db)
    again = [card("zhao", "营业执照补领", "执照找不着了咋整", "证照全泡水了"), *CARDS[1:]]
    with transaction(engine) as db:
        assert keep_rows(db, model.model, texts(again)) == 2  # one came, one went
    assert unmade(engine) == 1
    assert make_vectors(engine, model) == 1
    with reading(engine) as db:
        after = vectors_of(db, model.model)
        assert content_version(db) == version + 1
    assert set(after) - set(before) == {"证照全泡水了"}
    assert set(before) - set(after) == {"搬家把照弄丢了"}
    assert filled(engine, model, again) == 0


def test_the_model_loads_beside_the_first_answer_and_the_same_question_is_worked_out_once() -> None:
    model = Builtin()
    questions = Questions(model)
    assert questions.vector("执照丢了") is None  # nobody waits for the loading
    eventually(lambda: model.is_loaded)
    first = questions.vector("执照丢了")
    assert first is not None
    assert len(first) == 4 * 384
    assert questions.vector("執照丟了") is first


class _Embeddings(BaseHTTPRequestHandler):
    """A service as OpenAI describes it: the vector of a text is the count of three characters."""

    asked: ClassVar[list[tuple[str, int]]] = []
    broken = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.headers.get("Authorization", ""), len(body["input"])))
        vectors = [[1.0 + text.count(c) for c in "照贷商"] for text in body["input"]]
        rows = [{"embedding": vector} for vector in vectors]
        self.send_response(500 if type(self).broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"data": rows}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output stays readable."""


@pytest.fixture
def service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Embeddings.asked.clear()
    _Embeddings.broken = False
    yield f"http://127.0.0.1:{server.server_port}/v1/embeddings"
    server.shutdown()
    server.server_close()


def test_a_service_at_an_address_makes_them_too(engine: Engine, service: str) -> None:
    elsewhere = Endpoint(service, "some-model", "a-key", 2.0)
    filled(engine, elsewhere, CARDS)
    assert unmade(engine) == 0
    assert _Embeddings.asked[0][0] == "Bearer a-key"
    assert Questions(elsewhere).vector("执照") is not None


def test_a_service_that_fails_harms_nothing_and_is_asked_again_later(engine: Engine, service: str) -> None:
    elsewhere = Endpoint(service, "some-model", "", 2.0)
    _Embeddings.broken = True
    filled(engine, elsewhere, CARDS)
    assert unmade(engine) > 0
    assert Questions(elsewhere).vector("执照丢了") is None
    _Embeddings.broken = False
    assert make_vectors(engine, elsewhere) > 0


def test_another_model_takes_the_place_of_the_one_before(engine: Engine, service: str) -> None:
    filled(engine, Endpoint(service, "old", "", 2.0), CARDS)
    new = Endpoint(service, "new", "", 2.0)
    filled(engine, new, CARDS)
    with reading(engine) as db:
        assert set(db.scalars(select(Meaning.model))) == {new.model}
