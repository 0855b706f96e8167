"""Present danger and self-harm are heard; what is past, feared, insured or a figure of speech is not."""

from __future__ import annotations

import pytest

from bot.understanding.emergency import emergency

DANGER = """着火了 仓库着火了快来人 我们店起火了 厂房塌了有人被压 工人触电了 有人触电了怎么办 煤气泄漏了 闻到很大的煤气味 燃氣洩漏 地下室进水有人被困
门口出车祸了有人受伤 电梯里被困了 我被困在电梯里了 救命 有人拿刀砍人 隔壁爆炸了 脚手架倒了砸到人 工人从楼上摔下来了 有人要跳楼 老人晕倒了 工地坍塌了
车间着火怎么办 洪水来了人困在屋里 有人溺水了 失火了 餐厅煤气罐漏气 员工被机器夹住了大出血 孩子掉井里了 撞车了人不动了 水淹了地下车库有人出不来 着～火～了！！ 電梯困人了"""
SELF_HARM = """不想活了 我想死 活着没意思 我想自杀 公司垮了我想死了算了 想结束自己的生命 活不下去了 欠债太多不想活了 我要跳楼 suicide"""
CALM = """去年着火 去年着火保险不赔 消防安全政策 防火 火灾保险 股市崩盘 热死了 想死你了 累死了 防火检查什么时候 燃气报警器补贴 消防验收怎么办 直播间火爆
生意火了 笑死了 上周着火了保险公司不赔 跳楼价甩卖 店活不下去了 公司快活不下去了有没有贷款 火灾赔偿怎么算 怎么预防煤气泄漏 消防演练着火怎么逃生
车祸赔偿标准 员工上班路上出车祸算工伤吗 资金链断了 楼市崩塌了 举报消防隐患容易着火 担心着火 他去年车祸受伤了 水淹了仓库损失谁赔 我们被困在贷款里
断电了 梦见着火了 死机了 信息爆炸 救命稻草 你好 政策 我不想死 预防自杀讲座 烦死了"""


@pytest.mark.parametrize("text", DANGER.split())
def test_danger_is_heard(text: str) -> None:
    assert emergency(text.replace("～", "")) == "emergency"


@pytest.mark.parametrize("text", SELF_HARM.split())
def test_self_harm_is_heard(text: str) -> None:
    assert emergency(text) == "self_harm"


@pytest.mark.parametrize("text", CALM.split())
def test_calm_talk_raises_no_alarm(text: str) -> None:
    assert emergency(text) is None


def test_english_cries_count() -> None:
    assert emergency("our office is on fire") == "emergency"
    assert emergency("I want to die") == "self_harm"


def test_a_long_report_of_an_old_fire_is_no_emergency() -> None:
    report = "我们公司的仓库着火以后一直没有人来处理，货物全部烧毁，保险公司又说材料不齐，几个部门来回推，我们跑了很多趟，至今没有一个说法，请领导过问此事。"
    assert emergency(report) is None
