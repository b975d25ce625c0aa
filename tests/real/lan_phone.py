"""A phone on another network host, as a program: reads requests as JSON lines, answers with JSON lines.

`python lan_phone.py HOST PORT AUTHORITY.crt`: it trusts this authority and no other. It keeps cookies, as a browser.
"""

import http.client
import http.cookies
import json
import socket
import ssl
import sys
from typing import Any


def main() -> None:
    host, port, authority = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    cookies: dict[str, str] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = ask(host, port, authority, cookies, request)
        except (OSError, http.client.HTTPException) as error:
            answer = {"error": type(error).__name__, "text": str(error)}
        print(json.dumps(answer), flush=True)


def ask(host: str, port: int, authority: str, cookies: dict[str, str], request: dict[str, Any]) -> dict[str, Any]:
    if "connect" in request:
        with socket.create_connection((host, request["connect"]), timeout=5):
            return {"connected": True}
    context = ssl.create_default_context(cafile=None if request.get("stranger") else authority)
    if version := request.get("only"):
        # This client would take it: that there is no connection is the server's doing.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    connection = http.client.HTTPSConnection(host, port, context=context, timeout=20)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    method, body = request.get("method", "GET"), request.get("body")
    if method != "GET":
        headers |= {"Origin": f"https://{host}:{port}", "X-Companion": "1", "Content-Type": "application/json"}
    connection.request(method, request["path"], None if body is None else json.dumps(body), headers)
    response = connection.getresponse()
    for header in response.headers.get_all("Set-Cookie", []):
        for name, morsel in http.cookies.SimpleCookie(header).items():
            cookies[name] = morsel.value
    if response.headers.get_content_type() == "text/event-stream":
        first = b"".join(iter(response.readline, b"\n")).decode()
        print(json.dumps({"status": response.status, "first": first}), flush=True)
        while response.readline():
            pass
        return {"closed": True}
    content = response.read()
    is_json = response.headers.get_content_type() == "application/json"
    return {
        "status": response.status,
        "body": json.loads(content) if is_json and content else content.decode(errors="replace"),
        "tls": connection.sock.version() if isinstance(connection.sock, ssl.SSLSocket) else None,
    }


if __name__ == "__main__":
    main()
