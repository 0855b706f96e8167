"""A section or key of config.toml that does not exist: what was probably meant, and what there is."""

from __future__ import annotations

from difflib import get_close_matches

from bot.core.config_mistakes import Mistake, one_line
from bot.core.settings import KEYS, SECTIONS, WRITABLE

ALIASES = {  # the platform's own words for our keys
    "encodingaeskey": "aes_key",
    "encoding_aes_key": "aes_key",
    "appsecret": "secret",
    "app_secret": "secret",
    "app_id": "appid",
    "kind": "account_kind",
}


def unknown_key(section: str, name: str, where: str) -> Mistake:
    """A key that its section does not have."""
    names = [each for home, each in WRITABLE if home == section]
    plain = name.lower().replace("-", "_")
    alias = ALIASES.get(plain, "")
    if close := [alias] if alias in names else get_close_matches(plain, names, 1):
        remedy = f"不认识这个配置项；您是不是想写 {close[0]}？"
    elif home := _home(plain):
        remedy = f"不认识这个配置项；它属于 [{home}]，请移到那里"
    else:
        remedy = f"不认识这个配置项，请删去；可用的有 {'、'.join(names)}"
    return Mistake(section, one_line(name), remedy, where=where)


def unknown_section(section: str, where: str) -> Mistake:
    """A section that the settings do not have."""
    close = get_close_matches(section.lower(), SECTIONS, 1, 0.5)
    tail = f"您是不是想写 [{close[0]}]？" if close else f"可用的有 {'、'.join(SECTIONS)}"
    return Mistake(one_line(section), "", f"不认识这个小节；{tail}", where=where)


def outside_sections(name: str, where: str) -> Mistake:
    """A key above the first section."""
    home = _home(name)
    remedy = "写在了所有小节之外；" + (f"请移到 [{home}] 下面" if home else "请移到所属的小节下面")
    return Mistake("", one_line(name), remedy, where=where)


def _home(name: str) -> str:
    """The first section that has a key of this name, or empty."""
    return next((section for section, each in KEYS if each == name), "")
