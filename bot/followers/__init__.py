"""People who follow the account: meeting them, the windows in which they may be written to, their tags,
company, segments, the list kept in step with WeChat's, and forgetting them. Imports core, wechat, staff,
content, runtime."""
