"""
Talks to simulated hosts by pywinrm or pypsrp: each line of standard input is a JSON object that says what to do, each line of standard output one
that tells what came of it.

  library, url, user, password, auth (basic, ntlm), binding (send a channel binding), sealed
  (over HTTP), certificate (file of what is trusted), timeout (seconds
  of a Receive), command, and steps: { send: base64 or null, end, until: [text, how often it stands in the output] or "done" }
"""

import base64
import json
import sys
import warnings
from urllib.parse import urlsplit

warnings.simplefilter("ignore")


class ByPywinrm:
    def __init__(self, asked):
        from winrm.protocol import Protocol

        self.protocol = Protocol(
            endpoint=asked["url"],
            transport=asked["auth"],
            username=asked["user"],
            password=asked["password"],
            ca_trust_path=asked.get("certificate"),
            server_cert_validation="validate",
            send_cbt=asked["binding"],
            message_encryption="auto" if asked["sealed"] else "never",
            operation_timeout_sec=asked["timeout"],
            read_timeout_sec=asked["timeout"] + 30,
            proxy=None,
        )
        self.shell = None
        self.command = None

    def start(self, command):
        self.shell = self.protocol.open_shell(noprofile=True, codepage=65001, idle_timeout="PT300S")
        self.command = self.protocol.run_command(self.shell, command, console_mode_stdin=False)

    def send(self, data, end):
        self.protocol.send_command_input(self.shell, self.command, data, end)

    def receive(self):
        """None when nothing came in time."""
        from winrm.exceptions import WinRMOperationTimeoutError

        try:
            out, err, code, done = self.protocol.get_command_output_raw(self.shell, self.command)
        except WinRMOperationTimeoutError:
            return None
        return out, err, code if done else None

    def close(self):
        if self.command:
            self.protocol.cleanup_command(self.shell, self.command)
        if self.shell:
            self.protocol.close_shell(self.shell)


class ByPypsrp:
    def __init__(self, asked):
        from pypsrp.wsman import WSMan

        place = urlsplit(asked["url"])
        self.wsman = WSMan(
            place.hostname,
            port=place.port,
            ssl=place.scheme == "https",
            auth=asked["auth"],
            username=asked["user"],
            password=asked["password"],
            cert_validation=asked.get("certificate") or True,
            negotiate_send_cbt=asked["binding"],
            encryption="auto" if asked["sealed"] else "never",
            operation_timeout=asked["timeout"],
            read_timeout=asked["timeout"] + 30,
            no_proxy=True,
        )
        self.shell = None
        self.process = None

    def start(self, command):
        from pypsrp.shell import Process, WinRS

        self.shell = WinRS(self.wsman, no_profile=True, codepage=65001, idle_time_out=300)
        self.shell.open()
        self.process = Process(self.shell, command)
        self.process.begin_invoke()

    def send(self, data, end):
        self.process.send(data, end=end)

    def receive(self):
        from pypsrp.shell import CommandState
        from pypsrp.wsman import WSManFaultError

        try:
            state, code, streams = self.shell.receive("stdout stderr", self.process.id)
        except WSManFaultError as fault:
            if fault.code == 2150858793:
                return None
            raise
        return streams["stdout"], streams["stderr"], code if state == CommandState.DONE else None

    def close(self):
        from pypsrp.shell import SignalCode

        if self.process:
            self.process.signal(SignalCode.TERMINATE)
        if self.shell:
            self.shell.close()
        self.wsman.close()


def talk(asked, said):
    peer = {"pywinrm": ByPywinrm, "pypsrp": ByPypsrp}[asked["library"]](asked)
    out = b""
    try:
        peer.start(asked["command"])
        for step in asked["steps"]:
            if step["send"] is not None:
                peer.send(base64.b64decode(step["send"]), step["end"])
            until = step.get("until")
            while until and said["exit"] is None:
                if until != "done" and out.count(until[0].encode()) >= until[1]:
                    break
                heard = peer.receive()
                if heard is None:
                    said["waits"] += 1
                    continue
                out += heard[0]
                said["errorOutput"] += heard[1].decode("latin1")
                said["exit"] = heard[2]
            said["heard"].append(len(out))
    finally:
        said["output"] = out.decode("latin1")
        peer.close()


for line in sys.stdin:
    said = {"output": "", "errorOutput": "", "exit": None, "waits": 0, "heard": [], "error": None}
    try:
        talk(json.loads(line), said)
    except Exception as error:  # whatever a library throws is what came of it
        said["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
