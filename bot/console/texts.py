"""Standing texts of the console's edge."""

from __future__ import annotations

from bot.core.uploads import FILE_MB

TOO_MANY = "操作太频繁，请稍等一分钟再试。"
SIGN_IN_FIRST = "请先登录。"
EXPIRED = "登录已过期，请重新登录。没有提交的内容请先复制保存。"
FORM_EXPIRED = "这个页面放得太久，或是从别处提交的，没有办理。请返回、刷新页面后再提交一次。"
ERRORS: dict[int, tuple[str, str]] = {
    400: ("提交的内容不完整", FORM_EXPIRED),
    403: ("没有这项权限", "如果工作需要，请联系管理员调整角色。"),
    404: ("没有这个页面", "地址可能写错了，或内容不在您的范围内。请从菜单进入。"),
    405: ("不能这样打开", "请从页面上的按钮办理。"),
    409: ("情况有变化", "请刷新后再办。"),
    413: ("提交的文件太大", f"文件不能超过 {FILE_MB} MB，没有收下。请压缩或分次上传。"),
    429: ("操作太频繁", TOO_MANY),
    500: ("系统出错了", "没有办理。请稍后再试；仍不行，把事故编号告诉技术员。"),
}
