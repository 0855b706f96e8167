"""What the rows say about the last hours: messages that failed, pictures that wait to be fetched, people who wait."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.health.checks import people
from bot.health.checks.finding import Finding, fail, ok, warn
from models.appeals import Attachment, MediaState
from models.inbound import Inbound
from models.study import enabled_series, next_item, unreleased

RULE = (
    "平台运营规范 3.27 条不许脚本代替人发布内容：每期要有作者，由另一位同事看过放行。tongxin study list 查看，"
    "tongxin study release 系列或标识 --author 作者 --by 姓名 放行"
)
LATELY = timedelta(minutes=15)
MANY = 3  # incidents within that time: more than one person's odd message
PICTURE_WAITS = timedelta(hours=1)  # WeChat keeps a picture for three days


def incidents(db: Session) -> Finding:
    """Messages whose handler failed: people got an apology with a number."""
    now = clock.now()
    query = select(func.count()).where(Inbound.incident.is_not(None))
    lately = db.scalar(query.where(Inbound.received_at > now - LATELY)) or 0
    today = db.scalar(query.where(Inbound.received_at > now - timedelta(days=1))) or 0
    said = f"最近 15 分钟 {lately} 条消息处理出错，24 小时 {today} 条"
    remedy = "按编号在日志里找原因：journalctl -u 'tongxin*' --grep 编号；出错的人收到了带编号的道歉"
    if lately >= MANY:
        return fail("消息出错", said, remedy)
    return warn("消息出错", said, remedy) if today else ok("消息出错", "24 小时内没有")


def pictures(db: Session) -> Finding:
    """Pictures that people sent and that are not fetched yet."""
    query = select(func.count(), func.min(Attachment.created_at)).where(
        Attachment.state == MediaState.PENDING
    )
    count, oldest = db.execute(query).one()
    if not count or clock.now() - oldest < PICTURE_WAITS:
        return ok("图片积压", f"{count} 张等待下载")
    hours = int((clock.now() - oldest).total_seconds() // 3600)
    remedy = "运行 tongxin doctor 看微信接口、磁盘和凭据；确认发送进程（tongxin run 或 worker）在运行。三天后微信就不再保存这些图片"
    return fail("图片积压", f"{count} 张没有下载，最早的已等 {hours} 小时", remedy)


def releases(db: Session) -> Finding:
    """Series whose next push would find nothing that a colleague has released (platform §14, item 3.27)."""
    empty = [
        f"《{series.title}》（{unreleased(db, series.id)} 期待放行）"
        for series in enabled_series(db)
        if next_item(db, series.id) is None
    ]
    if not empty:
        return ok("学习资料", "每个系列都有放行过的下一期")
    said = f"没有放行过的下一期，到时不会推送：{'、'.join(empty)}"
    return warn("学习资料", said, RULE)


ROW_CHECKS = (incidents, pictures, releases, people.messages)
