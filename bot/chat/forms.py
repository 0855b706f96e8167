"""Forms in a chat: one question at a time, with a way back from each, and nothing typed is lost.

The answers live in the person's conversation row, so a form survives restarts and a change of process.
上一步 goes one question back, 返回 and 菜单 leave and keep a draft, 取消 drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.chat.context import Context
from bot.wechat.replies import Reply, Text
from models.conversations import Conversation

Answers = Mapping[str, Any]
BACK = frozenset({"上一步", "上一项", "重填"})
LEAVE = frozenset({"返回", "菜单", "主菜单", "退出"})
CANCEL = frozenset({"取消", "不填了", "放弃"})
FORMS: dict[str, Form] = {}  # every form, by its name
CORRECTING = "correcting"  # where the person was when an earlier answer was corrected
WAY_OUT = "（上一步：改前一项；返回：先退出、草稿保留24小时；取消：不填了）"


RESUME = frozenset({"继续填写", "接着填"})
REFUSALS = frozenset({"不", "否", "不要", "不用", "算了", "不了", "取消"})


@dataclass(frozen=True)
class Again:
    """The answer does not fit: say what is expected, and ask once more unless the question is long."""

    say: str
    ask: bool = True


@dataclass(frozen=True)
class More:
    """Keep this and stay with the question: more may come."""

    answers: Answers
    say: str


@dataclass(frozen=True)
class Next:
    """Keep this and go on."""

    answers: Answers
    say: str = ""


Taken = Again | More | Next


@dataclass(frozen=True)
class Question:
    """One question and how its answer is read. A question whose `when` is false is passed over."""

    name: str
    ask: Callable[[Context, Answers], str]
    take: Callable[[Context, Answers], Taken]
    when: Callable[[Answers], bool] = lambda answers: True


@dataclass(frozen=True)
class Form:
    """A list of questions and what happens when the last one is answered."""

    name: str
    title: str
    questions: tuple[Question, ...]
    finish: Callable[[Context, Answers], Reply]
    drafts: bool = True  # whether half an answer is worth keeping
    dropped: Callable[[Context, Answers], None] = lambda ctx, answers: None
    # What is done about words that are no answer (see listening.py); None lets the open question have them.
    listen: Callable[[Form, Context, Answers, Question], Reply | None] = lambda form, ctx, answers, question: (
        None
    )

    def __post_init__(self) -> None:
        FORMS[self.name] = self

    def start(self, ctx: Context, answers: Answers | None = None, say: str = "") -> Reply:
        """Open the form at its first open question, with what is already known."""
        leave(ctx)
        answers = dict(answers or {})
        return self._ask_question(ctx, answers, self._first_question(answers), say)

    def draft(self, ctx: Context) -> Answers | None:
        """The answers of an earlier, unfinished try that is not older than its limit."""
        left = ctx.recalled(f"draft:{self.name}")
        if not left or datetime.fromisoformat(left["until"]) < ctx.now:
            return None
        answers: Answers = left["answers"]
        return answers

    def resume(self, ctx: Context) -> Reply:
        """Go on where the draft was left."""
        left = ctx.recalled(f"draft:{self.name}")
        ctx.remember(**{f"draft:{self.name}": None})
        return self._ask_question(ctx, left["answers"], self._question_named(left["step"]), "接着上次填写。")

    def answer(self, ctx: Context) -> Reply:
        """Read a message as the answer to the open question, or as a way to move in the form."""
        answers = dict(ctx.conversation.data)
        question = self._question_named(ctx.conversation.step or self.questions[0].name)
        if ctx.text in BACK:
            return self._ask_question(ctx, answers, self._question_before(question, answers), "")
        if ctx.text in RESUME:
            return self._ask_question(ctx, answers, question, "")
        if ctx.text in CANCEL:
            self.dropped(ctx, answers)
            close(ctx.conversation)
            return Text(f"已取消{self.title}，没有提交任何内容。回复「菜单」看全部服务。")
        if heard := self.listen(self, ctx, answers, question):
            return heard
        taken = question.take(ctx, answers)
        if isinstance(taken, Again):
            return Text(f"{taken.say}\n\n{question.ask(ctx, answers)}" if taken.ask else taken.say)
        answers |= taken.answers
        if isinstance(taken, More):
            self._keep_answers(ctx, answers, question)
            return Text(taken.say)
        back = answers.pop(CORRECTING, None)
        after = self._question_named(back) if back else self._question_after(question, answers)
        if after is None:
            close(ctx.conversation)
            return self.finish(ctx, answers)
        return self._ask_question(ctx, answers, after, taken.say)

    def ask_again(self, ctx: Context, say: str) -> Reply:
        """Ask the open question once more; nothing is taken."""
        question = self._question_named(ctx.conversation.step or self.questions[0].name)
        return Text(f"{say}\n\n{question.ask(ctx, ctx.conversation.data)}")

    def go_to(self, ctx: Context, answers: Answers, name: str, say: str = "") -> Reply:
        """Ask the question of this name."""
        return self._ask_question(ctx, answers, self._question_named(name), say)

    def correct(self, ctx: Context, answers: Answers, name: str, back_to: str, say: str) -> Reply:
        """Ask an earlier question once more, then go on where the person was."""
        return self.go_to(ctx, {**answers, CORRECTING: back_to}, name, say)

    def before(self, question: Question, answers: Answers) -> str:
        """The name of the question before this one."""
        return self._question_before(question, answers).name

    def _ask_question(self, ctx: Context, answers: Answers, question: Question, say: str) -> Reply:
        self._keep_answers(ctx, answers, question)
        return Text("\n\n".join(part for part in (say, question.ask(ctx, answers)) if part))

    def _keep_answers(self, ctx: Context, answers: Answers, question: Question) -> None:
        talk = ctx.conversation
        talk.form, talk.step, talk.data = self.name, question.name, dict(answers)
        talk.expires_at = ctx.now + timedelta(hours=ctx.services.config.appeals.draft_hours)

    def _question_named(self, name: str) -> Question:
        return next((one for one in self.questions if one.name == name), self.questions[0])

    def _first_question(self, answers: Answers) -> Question:
        return next(one for one in self.questions if one.when(answers))

    def _question_after(self, question: Question, answers: Answers) -> Question | None:
        following = self.questions[self.questions.index(question) + 1 :]
        return next((one for one in following if one.when(answers)), None)

    def _question_before(self, question: Question, answers: Answers) -> Question:
        earlier = [one for one in self.questions[: self.questions.index(question)] if one.when(answers)]
        return earlier[-1] if earlier else question


def leave(ctx: Context) -> bool:
    """Leave the open form, if any; whether its answers were kept as a draft."""
    talk = ctx.conversation
    form = talk.form
    worth = form in FORMS and FORMS[form].drafts and bool(talk.data)
    if form and talk.expires_at and worth:
        draft = {"answers": talk.data, "step": talk.step, "until": talk.expires_at.isoformat()}
        ctx.remember(**{f"draft:{form}": draft})
    close(talk)
    return bool(form and worth)


def newest_draft(ctx: Context) -> Form | None:
    """The form whose draft was left last."""
    drafts = [form for form in FORMS.values() if form.draft(ctx) is not None]
    return max(drafts, key=lambda form: str(ctx.recalled(f"draft:{form.name}")["until"]), default=None)


def close(talk: Conversation) -> None:
    """No form is open any more. While a draft is kept, the row still has its hour of forgetting."""
    talk.form, talk.step, talk.data = None, None, {}
    if not any(name.startswith("draft:") for name in talk.memory):
        talk.expires_at = None


def expire(talk: Conversation, now: datetime) -> bool:
    """Drop the answers and drafts whose time is over (domain §2.2: a draft is kept 24 hours); whether a form
    was open."""
    if talk.expires_at is None or talk.expires_at > now:
        return False
    was_open = talk.form is not None
    talk.memory = {k: v for k, v in talk.memory.items() if not k.startswith("draft:")}
    close(talk)
    return was_open


def choice(text: str, options: tuple[str, ...]) -> int | None:
    """The index that a person chose from a numbered list by its number or its words, else None."""
    from bot.understanding.normalise import list_number, normalise

    number = list_number(text)
    if number is not None:
        return number - 1 if 1 <= number <= len(options) else None
    words = normalise(text)
    named = [i for i, option in enumerate(options) if words == normalise(option)]
    return named[0] if named else None


def numbered(options: tuple[str, ...]) -> str:
    """A list as it is shown: one line each, counted from 1."""
    return "\n".join(f"{i} {option}" for i, option in enumerate(options, 1))
