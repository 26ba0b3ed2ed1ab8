"""
An HTTP server whose login and sealing are pyspnego's: it answers each WS-Management message with the shell of a Create, sealed over HTTP and
plain over HTTPS. Prints its port, and then a line of JSON for each request.

acceptor.py PROTOCOL [CERTIFICATE KEY BINDING]: BINDING is the channel binding that it insists on, in hexadecimal digits, or "-" for none.
"""

import base64
import http.server
import json
import re
import ssl
import struct
import sys

import spnego
from spnego.channel_bindings import GssChannelBindings

PROTOCOL = sys.argv[1]
CERTIFICATE, KEY, BINDING = sys.argv[2:5] if len(sys.argv) > 2 else (None, None, "-")
BOUNDARY = "Encrypted Boundary"

ANSWER = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer">'
    "<s:Header><a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body><x:ResourceCreated><a:ReferenceParameters>"
    "<w:ResourceURI>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/cmd</w:ResourceURI>"
    '<w:SelectorSet><w:Selector Name="ShellId">%s</w:Selector></w:SelectorSet>'
    "</a:ReferenceParameters></x:ResourceCreated></s:Body></s:Envelope>"
)


def bindings():
    return None if BINDING == "-" else GssChannelBindings(application_data=bytes.fromhex(BINDING))


def unframed(body):
    length = int(re.search(rb"Length=(\d+)", body).group(1))
    start = body.index(b"application/octet-stream\r\n") + len(b"application/octet-stream\r\n")
    content = body[start : body.rindex(b"--" + BOUNDARY.encode())]
    (signature_length,) = struct.unpack("<i", content[:4])
    return content[4 : 4 + signature_length], content[4 + signature_length :], length


def framed(header, data, length):
    head = (
        "--%s\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        "OriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n"
        "--%s\r\nContent-Type: application/octet-stream\r\n" % (BOUNDARY, length, BOUNDARY)
    )
    return head.encode() + struct.pack("<i", len(header)) + header + data + ("--%s--\r\n" % BOUNDARY).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.context = None
        self.answers = 0

    def log_message(self, *_):
        pass

    def say(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def tell(self, **what):
        print(json.dumps(what), flush=True)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        authorization = self.headers.get("Authorization", "")
        if self.context is not None and self.context.complete and not authorization:
            self.answer(body)
            return
        scheme, _, token = authorization.partition(" ")
        if scheme != "Negotiate":
            self.say(401, [("WWW-Authenticate", "Negotiate")])
            return
        if self.context is None:
            self.context = spnego.server(protocol=PROTOCOL, channel_bindings=bindings(), hostname="localhost", service="HTTP")
        try:
            answer = self.context.step(base64.b64decode(token))
        except Exception as error:
            self.tell(refused=type(error).__name__)
            self.context = None
            self.say(401, [("WWW-Authenticate", "Negotiate")])
            return
        headers = [("WWW-Authenticate", "Negotiate " + base64.b64encode(answer).decode())] if answer else []
        self.say(200 if self.context.complete else 401, headers)
        if self.context.complete:
            self.tell(user=self.context.client_principal, protocol=self.context.negotiated_protocol)

    def answer(self, body):
        sealed = self.headers["Content-Type"].startswith("multipart/encrypted")
        if sealed:
            header, data, length = unframed(body)
            text = self.context.unwrap_winrm(header, data)
            assert len(text) == length
        else:
            text = body
        self.answers += 1
        message_id = re.search(rb"MessageID>([^<]+)<", text).group(1).decode()
        plain = (ANSWER % (message_id, "SHELL-%d" % self.answers)).encode()
        self.tell(sealed=sealed, bytes=len(text))
        if sealed:
            result = self.context.wrap_winrm(plain)
            reply = framed(result.header, result.data, len(plain) + result.padding_length)
            self.say(200, [("Content-Type", 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="%s"' % BOUNDARY)], reply)
        else:
            self.say(200, [("Content-Type", "application/soap+xml;charset=UTF-8")], plain)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if CERTIFICATE:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
