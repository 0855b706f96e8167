"""The yardstick: Flask and wechatpy, secure mode, an echo that stores nothing."""

from __future__ import annotations

import os

from flask import Flask, request
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

app = Flask(__name__)
CRYPTO = WeChatCrypto(os.environ["ECHO_TOKEN"], os.environ["ECHO_KEY"], os.environ["ECHO_APPID"])


@app.post("/wechat")
def echo() -> str:
    """Decrypt, parse, answer the same words, encrypt."""
    args = request.args
    xml = CRYPTO.decrypt_message(request.data, args["msg_signature"], args["timestamp"], args["nonce"])
    message = parse_message(xml)
    reply = TextReply(content=message.content, message=message)
    return str(CRYPTO.encrypt_message(reply.render(), args["nonce"], args["timestamp"]))
