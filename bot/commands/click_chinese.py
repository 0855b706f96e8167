"""Click's own words in Chinese: usage, headings and complaints.

Click looks its texts up with gettext, which needs compiled catalogues and the user's locale; a server's locale is
often C. So the look-up itself is replaced in click's modules, and a test fails when click gains a new text.
"""

from __future__ import annotations

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

CHINESE = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Error: {message}": "错误：{message}",
    "Error: invalid input": "错误：输入无效，请重输",
    "Error: The two entered values do not match.": "错误：两次输入不一致，请重输",
    "Aborted!": "已中止。",
    "Try '{command} {option}' for help.": "运行「{command} {option}」查看说明。",
    "Show this message and exit.": "显示这份说明。",
    "Show the version and exit.": "显示版本号。",
    "%(prog)s, version %(version)s": "%(prog)s 版本 %(version)s",
    "Do you want to continue?": "要继续吗？",
    "Confirm the action without prompting.": "不再询问，直接执行。",
    "Repeat for confirmation": "再输入一次",
    "Press any key to continue...": "按任意键继续…",
    "Missing command.": "缺少命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Missing {param_type}": "缺少 {param_type}",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such command {name!r}.": "没有命令 {name}。",
    "Did you mean {possibility}?": "您是不是想写 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（您是不是想写其中之一：{possibilities}？）",
    "Got unexpected extra argument ({args})": "多了参数（{args}）",
    "Got unexpected extra arguments ({args})": "多了参数（{args}）",
    "Invalid value: {message}": "值不对：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的值不对：{message}",
    "Option {name!r} requires an argument.": "选项 {name} 后面要写一个值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name} 后面要写 {nargs} 个值。",
    "Option {name!r} does not take a value.": "选项 {name} 不带值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name} 要写 {nargs} 个值。",
    "Takes {nargs} values but 1 was given.": "要写 {nargs} 个值，只写了 1 个。",
    "Takes {nargs} values but {len} were given.": "要写 {nargs} 个值，写了 {len} 个。",
    "Could not open file {filename!r}: {message}": "打不开文件 {filename}：{message}",
    "unknown error": "未知错误",
    "{value!r} is not {choice}.": "{value!r} 应为 {choice}。",
    "{value!r} is not one of {choices}.": "{value!r} 应为 {choices} 之一。",
    "Choose from:\n\t{choices}": "可选：{choices}",
    "Choice({choices})": "可选（{choices}）",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是有效的数字（{number_type}）。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 之内。",
    "{value!r} is not a valid boolean. Recognized values: {states}": "{value!r} 应为是或否，可写 {states}",
    "{value!r} does not match the format {format}.": "{value!r} 不符合格式 {format}。",
    "{value!r} does not match the formats {formats}.": "{value!r} 不符合格式 {formats}。",
    "{value!r} is not a valid UUID.": "{value!r} 不是有效的编号。",
    "{len_type} values are required, but {len_value} was given.": "需要 {len_type} 个值，给了 {len_value} 个。",
    "{len_type} values are required, but {len_value} were given.": "需要 {len_type} 个值，给了 {len_value} 个。",
    "{name} {filename!r} does not exist.": "{name} {filename} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename} 是文件，这里要文件夹。",
    "{name} {filename!r} is a directory.": "{name} {filename} 是文件夹，这里要文件。",
    "{name} {filename!r} is not readable.": "{name} {filename} 读不了，请检查权限。",
    "{name} {filename!r} is not writable.": "{name} {filename} 写不了，请检查权限。",
    "{name} {filename!r} is not executable.": "{name} {filename} 不能执行，请检查权限。",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "default: {default}": "默认：{default}",
    "env var: {var}": "环境变量：{var}",
    "required": "必填",
    "(dynamic)": "（运行时决定）",
    "deprecated": "已停用",
}
METAVARS = {
    "text": "文字",
    "integer": "整数",
    "integer range": "整数",
    "float": "数字",
    "float range": "数字",
    "filename": "文件",
    "file": "文件",
    "path": "路径",
    "directory": "文件夹",
}
SPEAKING = (
    click.core,
    click.decorators,
    click.exceptions,
    click.formatting,
    click.parser,
    click.termui,
    click.types,
)


def translate(text: str) -> str:
    """The Chinese for one of click's texts; texts meant for programmers stay as they are."""
    return CHINESE.get(text, text)


def _plural(one: str, many: str, count: int) -> str:
    return translate(one if count == 1 else many)


def install() -> None:
    """Make click speak Chinese in this process; calling it again changes nothing."""
    for module in SPEAKING:
        if hasattr(module, "_"):
            setattr(module, "_", translate)  # noqa: B010  # the type checker knows of no such name
        if hasattr(module, "ngettext"):
            setattr(module, "ngettext", _plural)  # noqa: B010


def localise(command: click.Command) -> None:
    """Give a command's placeholders in the usage line Chinese names."""
    if command.options_metavar == "[OPTIONS]":
        command.options_metavar = "[选项]"
    if isinstance(command, click.Group):
        command.subcommand_metavar = "命令 [参数]…"
    for param in command.params:
        if isinstance(param, click.Option) and param.metavar is None and param.type.name.lower() in METAVARS:
            param.metavar = METAVARS[param.type.name.lower()]
