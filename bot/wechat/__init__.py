"""The border to WeChat: inbound envelopes, the access token, the API. The only users of wechatpy."""
