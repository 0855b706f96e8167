"""People who go on talking while the service dies around them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

import requests

PATIENCE = 90.0  # seconds that a person goes on trying
NUMBER = re.compile(r"编号：(SQ\d+)")


@dataclass
class Caller:
    """People who file appeals and subscribe while the service dies around them; notes what they were told."""

    simulator: str
    told: list[str] = field(default_factory=list)
    filed: int = 0
    answered: int = 0

    def say(self, openid: str, text: str) -> str:
        """Say it again until there is an answer: WeChat gives up after three tries, people do not."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = requests.post(
                f"{self.simulator}/sim/say", json={"openid": openid, "text": text}, timeout=60
            ).json()
            if not answer["failed"]:
                self.answered += 1
                return str((answer["reply"] or {}).get("text", ""))
        raise AssertionError("no answer for a minute and a half")

    def file(self, openid: str, story: str) -> None:
        """Walk through the form by what it asks, wherever a crash left it."""
        answers = {
            "怎么办": "2",  # a case whose receipt was lost with the process looks like this one
            "诉求类型": "2", "哪一类": "1", "具体情况": story, "请继续发": "完成", "继续发，或": "完成",
            "全称": "星光科技", "怎么与您联系": "匿名", "请回复数字：\n1 同意": "1", "请核对": "1",
        }  # fmt: skip
        heard = self.say(openid, "提诉求")
        for _ in range(40):
            if number := next((found for found in NUMBER.findall(heard) if found not in self.told), None):
                self.told.append(number)
                self.filed += 1
                return
            if "没填完" in heard:
                heard = self.say(openid, "继续填写")
                continue
            known = next((reply for question, reply in answers.items() if question in heard), "6")
            heard = self.say(openid, known)
        raise AssertionError(f"the form did not end: {heard[:80]}")
