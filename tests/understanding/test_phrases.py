"""content/phrases.toml is checked when read, and the complaint says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding.index import build_index
from bot.understanding.phrases import INTENTS, Group, PhraseError, Phrases, load_phrases, parse
from bot.understanding.understand import understand


def test_the_shipped_file_covers_every_intent(phrases: Phrases) -> None:
    assert {g.label for g in phrases.groups} >= set(INTENTS)
    assert {label for _, label in phrases.exact} == set(INTENTS)
    assert sum(len(g.words) for g in phrases.groups) > 4000


def test_a_message_of_one_exact_word_has_one_meaning(phrases: Phrases) -> None:
    words = [word for word, _ in phrases.exact]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"phrases": [{"label": "policy:财务", "weight": 5, "words": "钱"}]}, "不认识的标签"),
        ({"phrases": [{"label": "help", "weight": 0, "words": "帮"}]}, "weight"),
        ({"phrases": [{"label": "help", "weight": True, "words": "帮"}]}, "weight"),
        ({"phrases": [{"label": "help", "weight": 5, "words": ["帮"]}]}, "一段文字"),
        ({"phrases": [{"label": "help", "weight": 5, "words": "帮", "word": "x"}]}, "不认识的键"),
        ({"phrases": [{"label": "help", "weight": 5, "words": "<没有>…帮"}]}, "classes"),
        ({"exact": {"helpp": "帮"}}, "不认识的标签"),
    ],
)
def test_a_wrong_entry_is_refused(table: dict[str, object], complaint: str) -> None:
    with pytest.raises(PhraseError, match=complaint):
        parse(table)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "phrases.toml"
    broken.write_text("[[phrases", encoding="utf-8")
    with pytest.raises(PhraseError, match=r"phrases\.toml"):
        load_phrases(broken)


def test_joined_phrases_stay_within_a_sentence_and_a_short_gap() -> None:
    phrases = Phrases((Group("appeal", 6.0, ("<who>…断…电",)),), classes=(("who", ("物业", "房东")),))
    index = build_index([], phrases)
    assert understand("物业又断了我们的电", index).intent == "appeal"
    assert understand("房东断电", index).intent == "appeal"
    assert not understand("物业。断了电", index).understood
    assert not understand("物业说了很多很多别的话以后断电", index).understood


def test_a_longer_phrase_silences_the_one_inside_it() -> None:
    index = build_index(
        [],
        Phrases((Group("subscribe_study", 9.0, ("订阅",)), Group("unsubscribe_study", 9.0, ("取消订阅",)))),
    )
    assert [r.intent for r in understand("取消订阅", index).ranked if r.score] == ["unsubscribe_study"]
