"""Every errcode of platform §13 as data: what it means for us, and what staff do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Outcome(Enum):
    """What became of one call, in the words that decide what happens next."""

    SENT = auto()  # done, or already done before
    LATER = auto()  # busy or unreachable: the same call again after a pause is safe
    MINUTE = auto()  # this minute's allowance is gone
    QUOTA = auto()  # the day's or month's allowance is gone: tell staff
    USER = auto()  # this person cannot be reached now; may change when they act
    REFUSED = auto()  # this person cannot be reached, whatever they do
    TOKEN = auto()  # the access token is stale: a new one, once
    ADMIN = auto()  # a human must change something at WeChat: stop this feature and tell staff
    BROKEN = auto()  # our request is wrong: do not repeat, tell staff
    UNKNOWN = auto()  # it may or may not have been done: a person decides, never a retry loop


@dataclass(frozen=True)
class Meaning:
    """What some codes mean for us, and what staff do about it."""

    codes: tuple[int, ...]
    outcome: Outcome
    advice: str


UNKNOWN_CODE = Meaning(
    (), Outcome.BROKEN, "微信返回了未收录的错误码：请停止重试，到微信开发者平台查询该错误码后联系技术人员。"
)
_FIX = "请勿重试，请联系技术人员。"
_CONSOLE = "微信开发者平台 → 我的业务 → 公众号/服务号 → 开发密钥"


def meanings() -> tuple[Meaning, ...]:
    """The whole table."""
    return (*_GENERAL, *_TOKENS, *_QUOTAS, *_PEOPLE, *_RIGHTS, *_REQUESTS, *_MASS, *_OTHERS)


_GENERAL = (
    Meaning((0,), Outcome.SENT, "成功。"),
    Meaning((-1, 268487001, 268487002), Outcome.LATER, "微信系统繁忙，系统会自动重试，无需处理。"),
)

_TOKENS = (
    Meaning(
        (40001, 40014, 42001, 41001),
        Outcome.TOKEN,
        "接口凭证已失效，系统会自动更换；反复出现时请核对 AppSecret，并确认没有别的系统在用同一公众号获取凭证。",
    ),
    Meaning((40013,), Outcome.ADMIN, f"AppID 无效：请核对 config.toml [wechat] appid 与 {_CONSOLE} 一致。"),
    Meaning((40125,), Outcome.ADMIN, f"AppSecret 无效：请在 {_CONSOLE} 重置后写入配置，并重启服务。"),
    Meaning(
        (40164, 61004, 45035, 40090),
        Outcome.ADMIN,
        f"本机出口 IP 不在白名单：请管理员到 {_CONSOLE} → IP 白名单 添加，约半分钟后自动恢复。",
    ),
    Meaning((40243,), Outcome.ADMIN, f"AppSecret 已被冻结：请管理员到 {_CONSOLE} 解冻，约 10 分钟后生效。"),
    Meaning(
        (89501, 89502, 89503, 89504, 89505),
        Outcome.ADMIN,
        "正在等待公众号管理员在手机上确认：请管理员打开微信的确认通知并同意，之后再试。",
    ),
    Meaning(
        (89506, 89507),
        Outcome.ADMIN,
        "管理员拒绝了本机的请求，微信将暂停本机 1 小时（89507）或 24 小时（89506）：请先与管理员沟通，到时再试并请其同意。",
    ),
    Meaning(
        (50004, 50007),
        Outcome.ADMIN,
        "公众号被处罚或冻结，不能调用接口：请管理员登录公众平台查看通知并申诉。",
    ),
    Meaning(
        (40029, 40163, 42003, 40030, 42002, 42007), Outcome.USER, "网页授权已失效：请本人重新打开页面授权。"
    ),
)

_QUOTAS = (
    Meaning((45011,), Outcome.MINUTE, "调用过于频繁，系统会在下一分钟继续，无需处理。"),
    Meaning((42010,), Outcome.MINUTE, "群发提交过快，系统会在下一分钟继续，无需处理。"),
    Meaning((45061,), Outcome.MINUTE, "更新过于频繁，系统会在下一分钟继续，无需处理。"),
    Meaning((45066,), Outcome.MINUTE, "同一群发重试过快，系统会在一分钟后继续，无需处理。"),
    Meaning(
        (45009,),
        Outcome.QUOTA,
        "该接口今日额度已用完：明日自动恢复；急用请管理员在微信开发者平台清零额度（每月 10 次）。",
    ),
    Meaning(
        (45040,), Outcome.QUOTA, "该接口本月额度已用完：下月一日自动恢复，急用请管理员登录公众平台查看额度。"
    ),
    Meaning((45010, 45093), Outcome.QUOTA, "该接口今日次数已用完：请明日再试。"),
    Meaning(
        (45028,),
        Outcome.QUOTA,
        "群发次数已用完（订阅号每天 1 次，服务号每人每月 4 次）：请改到下一个可发日期。",
    ),
    Meaning((48006,), Outcome.QUOTA, "本月清零额度的次数已用完：请等额度次日自动恢复。"),
)

_PEOPLE = (
    Meaning((45015,), Outcome.USER, "对方 48 小时内没有来信或已取消关注：等对方下次发消息时送达。"),
    Meaning((45047,), Outcome.USER, "本次互动可发的客服消息条数已用完：等对方下次发消息时送达。"),
    Meaning((43004, 50005), Outcome.USER, "对方没有关注公众号：重新关注后才能送达。"),
    Meaning((48002,), Outcome.USER, "对方关闭了公众号消息：请改用电话等方式联系。"),
    Meaning((43101,), Outcome.USER, "对方没有同意或已用完该订阅通知：请对方再次点订阅。"),
    Meaning((50002,), Outcome.USER, "对方的微信帐号受限：请改用电话等方式联系。"),
    Meaning((45080,), Outcome.USER, "对方 30 秒内没有互动，不显示“正在输入”，无需处理。"),
    Meaning((45081,), Outcome.SENT, "“正在输入”已在显示，无需处理。"),
    Meaning((40003,), Outcome.REFUSED, "收件人标识无效或不属于本公众号：已跳过此人，请同步关注者名单。"),
    Meaning((43019,), Outcome.REFUSED, "对方在公众号黑名单里：需要联系此人时，请先在公众平台移出黑名单。"),
    Meaning((70000,), Outcome.REFUSED, "对方处于未成年人保护模式，消息未发送：请改用其他方式联系。"),
)

_RIGHTS = (
    Meaning(
        (48001, 50001),
        Outcome.ADMIN,
        "公众号没有这个接口的权限：请管理员查看“接口权限”与认证是否到期；在此之前系统停用该功能。",
    ),
    Meaning((40200,), Outcome.ADMIN, "该类型的公众号不支持这个接口：系统停用该功能，请改用其他方式。"),
    Meaning((48003,), Outcome.ADMIN, "尚未同意群发协议：请管理员登录公众平台，在群发页面同意协议。"),
    Meaning((48004,), Outcome.ADMIN, "接口因违规被封禁：请管理员登录公众平台查看原因并申诉，期间停止发送。"),
    Meaning(
        (45087, 45094),
        Outcome.ADMIN,
        "公众号的客服消息已被封禁：请管理员登录公众平台查看通知并申诉，期间停止发送。",
    ),
    Meaning((61007, 61016), Outcome.ADMIN, "第三方平台授权不足：请管理员重新授权。"),
    Meaning(
        (40036, 40037, 48011), Outcome.ADMIN, "消息模板已删除或停用：请管理员在公众平台核对模板，并更新配置。"
    ),
    Meaning((43116,), Outcome.ADMIN, "消息模板被平台限制：请管理员登录公众平台查看原因。"),
    Meaning(
        (43100, 43104, 43106),
        Outcome.ADMIN,
        "现在不能添加或修改消息模板（改得太频繁、没有权限或被处罚）：请管理员登录公众平台查看通知。",
    ),
    Meaning(
        (43102,),
        Outcome.ADMIN,
        "这个模板不是订阅通知模板：请管理员在公众平台选用订阅通知的模板，并更新配置。",
    ),
    Meaning(
        (45026, 45027),
        Outcome.ADMIN,
        "模板数量已满，或与帐号的行业不符：请管理员在公众平台删除不用的模板或核对行业。",
    ),
    Meaning((45074,), Outcome.ADMIN, "素材库已满：请管理员在公众平台删除不用的素材后再试。"),
    Meaning(
        (45082,), Outcome.ADMIN, "链接的域名没有 ICP 备案：请换成已备案的域名，或请管理员办理备案后再发。"
    ),
    Meaning((40168,), Outcome.ADMIN, "消息里的小程序没有关联本公众号：请管理员先在公众平台关联。"),
    Meaning(
        (45102, 45501),
        Outcome.ADMIN,
        "接口被平台暂时封停：请管理员登录公众平台查看通知，期间停止发送。",
    ),
    Meaning(
        (45103, 45109, 48009),
        Outcome.ADMIN,
        "微信已停用这个接口，或本类帐号不能使用：系统停用该功能，请联系技术人员改用其他接口。",
    ),
    Meaning((48010,), Outcome.ADMIN, "这份素材不能修改：请编辑登录公众平台查看原因。"),
    Meaning(
        (48015, 88000),
        Outcome.ADMIN,
        "公众号没有留言权限：请管理员在公众平台查看；在此之前文章不带留言发出。",
    ),
    Meaning((88011,), Outcome.ADMIN, "这篇文章因安全原因被限制留言：请管理员登录公众平台查看。"),
    Meaning((45029,), Outcome.ADMIN, "永久二维码数量已达上限：请改用有效期二维码。"),
    Meaning(
        (45062, 45113), Outcome.ADMIN, "内容含广告合同、商品或卡券，不能用接口群发：请到公众平台网页上发送。"
    ),
    Meaning((45064,), Outcome.ADMIN, "小程序未与公众号关联：请管理员先在公众平台关联小程序。"),
    Meaning((53404, 53405, 53406), Outcome.ADMIN, "文章里的商品不可用：请编辑在公众平台处理商品后再试。"),
    Meaning((53504, 53505), Outcome.ADMIN, "该草稿须在公众平台网页上处理：请编辑登录网页保存或发布。"),
    Meaning(
        (65400, 65402), Outcome.ADMIN, "客服功能未开通或客服账号未绑定微信：请管理员在公众平台客服页面处理。"
    ),
    Meaning((200012,), Outcome.ADMIN, "模板数量已达 25 个：请管理员删除不用的模板。"),
    Meaning(
        (200011, 200013, 200100),
        Outcome.ADMIN,
        "公众号或模板被封禁，或这类帐号不能添加订阅模板：请管理员登录公众平台查看通知。",
    ),
    Meaning(
        (268488001, 9500001, 9500002),
        Outcome.ADMIN,
        "微信拒绝了群发而未说明原因：请管理员登录公众平台查看群发记录和通知，不要重复提交。",
    ),
)

_REQUESTS = (
    Meaning(
        (40033, 47001, 47002, 44001, 44002, 44003, 44004, 44005),
        Outcome.BROKEN,
        f"请求内容的格式有误：{_FIX}",
    ),
    Meaning(
        (40002, 40035, 40097, 41002, 41003, 41004, 41005, 41006, 41008, 41009, 41010),
        Outcome.BROKEN,
        f"请求缺少参数或参数有误：{_FIX}",
    ),
    Meaning((43001, 43002, 43003), Outcome.BROKEN, f"请求方式有误：请核对 [wechat] api_base；{_FIX}"),
    Meaning((49003,), Outcome.BROKEN, "名单里的关注者属于另一个公众号：请核对 appid，并重新同步关注者。"),
    Meaning(
        (40004, 40005, 40006, 40009, 40113, 40137, 45001),
        Outcome.BROKEN,
        "素材的类型或大小不符合要求：请压缩或转换格式后重新上传（图片 10MB 以内，jpg/png）。",
    ),
    Meaning((40007, 46001), Outcome.BROKEN, "素材不存在或已过期（临时素材只留 3 天）：请重新上传后再发。"),
    Meaning((40008, 45162, 45048, 45050, 45052), Outcome.BROKEN, f"消息类型不支持：{_FIX}"),
    Meaning((45002,), Outcome.BROKEN, "文字太长（上限 2048 字节，约 680 个汉字）：请缩短后再发。"),
    Meaning(
        (45003, 45004, 45005, 45006, 45007, 45008, 40062),
        Outcome.BROKEN,
        "标题、摘要、链接或图文条数超出限制：标题 32 字以内、摘要 120 字以内、图文 1 条，请修改后再发。",
    ),
    Meaning((45098, 45099), Outcome.BROKEN, "选项菜单太长：请改用文字列出选项。"),
    Meaning((40132,), Outcome.BROKEN, "预览用的微信号不对：请核对后再发，或改用该同事绑定的微信。"),
    Meaning((40192,), Outcome.BROKEN, "文章的作者名太长或不合要求：请改在 16 字以内。"),
    Meaning((40213, 40214), Outcome.BROKEN, "文字里的链接写法不对：请改用完整网址，链接文字不要为空。"),
    Meaning((40165, 40166, 45086), Outcome.BROKEN, "消息或文章里的小程序路径或 AppID 不对：请核对后再发。"),
    Meaning((45072,), Outcome.BROKEN, f"“正在输入”的命令有误：{_FIX}"),
    Meaning((47003,), Outcome.BROKEN, "模板参数的内容不符合字段要求：请按模板字段的类型和字数修改。"),
    Meaning((40249,), Outcome.BROKEN, "模板消息含营销内容：请改成办事通知的措辞，否则模板会被封禁。"),
    Meaning(
        (45166, 45168, 87014, 40155, 40066, 40068, 45051),
        Outcome.BROKEN,
        "内容未通过微信审查（违规词、无效或有害的链接、外链、他号主页链接）：请修改内容后再发。",
    ),
    Meaning(
        (40246, 40247, *range(200014, 200023)),
        Outcome.BROKEN,
        "添加模板的参数有误：请按公众平台模板库重新选择。",
    ),
    Meaning((40039, 40048, 40054, 40055, 41039), Outcome.BROKEN, "链接太长或域名不允许：请检查链接地址。"),
)

_MASS = (
    Meaning((45065,), Outcome.SENT, "这次群发微信已经收下，不会重复发送。"),
    Meaning((45067,), Outcome.BROKEN, f"群发编号太长：{_FIX}"),
    Meaning(
        (40031, 40032, 40130),
        Outcome.BROKEN,
        f"名单人数不符合要求（群发 2 至 10000 人，打标签 50 人以内）：{_FIX}",
    ),
    Meaning((40059, 40060, 40065, 40204), Outcome.BROKEN, "该群发记录不能删除：请到公众平台网页上核对。"),
    Meaning(
        (48008, 48013, 48014, 48021, 48022),
        Outcome.BROKEN,
        "这种素材不能用接口群发：请换成草稿箱里的图文，或到公众平台网页上发送。",
    ),
    Meaning((45083, 45084), Outcome.BROKEN, f"群发速度设置有误：{_FIX}"),
    Meaning((45085,), Outcome.LATER, "群发速度暂时设置失败，系统会稍后再试。"),
    Meaning(
        (53503, 53600, 40114), Outcome.BROKEN, "草稿未通过发布检查或文章不存在：请编辑修改草稿后再发布。"
    ),
    Meaning((48005,), Outcome.BROKEN, "素材正被自动回复或菜单使用，不能删除：请先在公众平台解除引用。"),
    Meaning(tuple(range(88001, 88011)), Outcome.BROKEN, f"留言功能的请求有误：{_FIX}"),
)

_OTHERS = (
    Meaning((46003,), Outcome.SENT, "公众号还没有菜单。"),
    Meaning(
        (*range(40015, 40029), *range(40117, 40122), *range(65301, 65321)),
        Outcome.BROKEN,
        "菜单内容不符合要求：一级最多 3 个、名称 16 字节内，二级最多 5 个、名称 60 字节内，请修改 content/menu.toml。",
    ),
    Meaning((40052, 40053), Outcome.BROKEN, f"二维码的请求有误：{_FIX}"),
    Meaning((40092,), Outcome.BROKEN, "备注名太长：请缩短到 30 字节以内。"),
    Meaning((40152, 45159), Outcome.BROKEN, "标签不存在：请先刷新标签列表。"),
    Meaning(
        (45056, 45057, 45058, 45059, 45157, 45158),
        Outcome.BROKEN,
        "标签名重复、太长或数量超限（最多 100 个，每人 20 个）：请调整标签。",
    ),
    Meaning((45169, 45171), Outcome.LATER, "部分关注者的标签没有打上，系统会稍后再试。"),
    Meaning(
        (*(code for code in range(65401, 65418) if code != 65402),),
        Outcome.BROKEN,
        "客服账号的请求有误：请在公众平台核对客服账号。",
    ),
    Meaning((76021, 76022), Outcome.BROKEN, f"查询额度的接口名有误：{_FIX}"),
    Meaning(
        (76001, 76002, 76003, 76004),
        Outcome.BROKEN,
        "查询的请求编号 rid 不存在、超过 7 天、格式有误或属于别的公众号：请核对编号。",
    ),
    Meaning((61450,), Outcome.LATER, "客服接口繁忙，系统会自动重试，无需处理。"),
    Meaning(
        tuple(range(61451, 61458)),
        Outcome.BROKEN,
        "客服账号的名称或数量不符合要求：请在公众平台核对客服账号。",
    ),
    Meaning((61503,), Outcome.LATER, "统计数据还没有生成，系统会稍后再取，无需处理。"),
    Meaning((61500, 61501), Outcome.BROKEN, f"统计的日期或范围有误：{_FIX}"),
)
