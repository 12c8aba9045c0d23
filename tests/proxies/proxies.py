"""The proxies of Debian that put TLS before the relay, each with the configuration of deploy/, but
for ports and paths. Makes the modules of tests/integration and tests/outward importable as well."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "integration"), str(ROOT / "tests" / "outward")]

# pylint: disable=wrong-import-position
from netplay_client import free_ports  # noqa: E402
from party_client import Game  # noqa: E402
from waiting import die_with_parent, end_process, wait_until  # noqa: E402
from web_stand_in import Authority  # noqa: E402

NAME = "relay.example.org"  # in all the configurations
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
TRIES = 4
START_LIMIT = 15
NGINX = """daemon off;
pid {folder}/pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/netplay-relay.conf;
}}
"""


class SecureGame(Game):
    """A game that comes by wss, through a proxy."""

    def __init__(self, proxy, source=None, **options):
        super().__init__(proxy, source, **options)
        self.head = self.head.replace(b"Host: relay.test", f"Host: {NAME}".encode())
        self.socket = proxy.context.wrap_socket(self.socket, server_hostname=NAME)


class Proxy:
    """One that runs, in front of a relay. Which it is tell the classes below."""

    program = ""
    source = ""  # its configuration, in deploy/

    def __init__(self, relay):
        # pylint: disable=consider-using-with
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="netplay-relay-proxy-"))
        self.folder.chmod(0o755)  # nginx's workers are nobody
        self.relay_port = relay.address[1]
        authority = Authority(self.folder)
        self.certificate = authority.sign("relay", f"DNS:{NAME}")
        self.context = ssl.create_default_context(cafile=authority.file)
        self.log_path = self.folder / "log"
        for again in range(TRIES, -1, -1):
            self.address = ("127.0.0.1", free_ports(1)[0])
            self.log = open(self.log_path, "wb")
            self.write()
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log,
                stderr=self.log, preexec_fn=die_with_parent, env=self.environment())
            try:
                wait_until(self.listens, START_LIMIT, f"{self.program} to listen")
                break
            except AssertionError:
                # Somebody else has the port by now, or has it at another address.
                if again == 0 or "in use" not in self.log_text():
                    raise
                self.log.close()

    @classmethod
    def is_here(cls):
        return shutil.which(cls.program, path=PATH) is not None

    def environment(self):
        return {"PATH": PATH, "HOME": str(self.folder)}

    def replaced(self, *changes):
        """The project's own file; what is not in it any more is missed here."""
        text = (ROOT / "deploy" / self.source).read_text(encoding="utf-8")
        for old, new in (("127.0.0.1:55435", f"127.0.0.1:{self.relay_port}"), *changes):
            if old not in text:
                raise AssertionError(f"no {old!r} in {self.source}")
            text = text.replace(old, new)
        (self.folder / pathlib.Path(self.source).name).write_text(text, encoding="utf-8")

    def log_text(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.program} ended:\n{self.log_text()}")
        with socket.socket() as client:
            return client.connect_ex(self.address) == 0

    def children(self):
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(path.read_text(encoding="ascii").split())

    def reload(self):
        """Returns when another process than before takes what comes."""
        wait_until(self.catches_reload, START_LIMIT, f"{self.program} to heed signals")
        before = self.children()
        self.process.send_signal(self.reload_signal)
        wait_until(lambda: self.children() - before, START_LIMIT, "a new worker")

    def catches_reload(self):
        """HAProxy's master starts its program anew behind its worker, and ignores them then."""
        path = pathlib.Path(f"/proc/{self.process.pid}/status")
        status = path.read_text(encoding="ascii")
        caught = int(re.search(r"SigCgt:\s+(\w+)", status).group(1), 16)
        return caught & 1 << (self.reload_signal - 1)

    def kill(self):
        """Its workers as well: they would go on without it. First it stops, or it replaces them."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            workers = self.children()
            self.process.kill()
            for worker in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(worker), signal.SIGKILL)
        end_process(self.process)

    def end(self):
        self.kill()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Proxy):
    program = "nginx"
    source = "nginx/netplay-relay.conf"
    reload_signal = signal.SIGHUP

    def write(self):
        folder = f"/etc/letsencrypt/live/{NAME}"
        self.replaced(("listen 443 ssl;", "listen %s:%d ssl;" % self.address),
                      ("    listen [::]:443 ssl;\n", ""),
                      (f"{folder}/fullchain.pem", str(self.certificate.file)),
                      (f"{folder}/privkey.pem", str(self.certificate.key)))
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder), encoding="utf-8")

    def command(self):
        return ["nginx", "-e", "stderr", "-p", str(self.folder), "-c",
                str(self.folder / "nginx.conf")]


class HAProxy(Proxy):
    program = "haproxy"
    source = "haproxy/haproxy.cfg"
    reload_signal = signal.SIGUSR2

    def write(self):
        both = self.folder / "both.pem"
        both.write_bytes(self.certificate.file.read_bytes() + self.certificate.key.read_bytes())
        bind = f"bind [::]:443 v6only ssl crt /etc/haproxy/{NAME}.pem alpn http/1.1"
        self.replaced((f"    {bind}\n", ""), ("0.0.0.0:443", "%s:%d" % self.address),
                      (f"/etc/haproxy/{NAME}.pem", str(both)))

    def command(self):
        return ["haproxy", "-W", "-f", str(self.folder / "haproxy.cfg"), "-p",
                str(self.folder / "pid")]


class Caddy(Proxy):
    program = "caddy"
    source = "caddy/Caddyfile"

    def write(self):
        port = self.address[1]
        self.admin = f"unix/{self.folder}/admin"
        site = (f"{{\n\tadmin {self.admin}\n\tauto_https off\n}}\n\n"
                f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n"
                f"\ttls {self.certificate.file} {self.certificate.key}\n")
        self.replaced((f"{NAME} {{\n", site))

    def command(self):
        return ["caddy", "run", "--config", str(self.folder / "Caddyfile")]

    def children(self):
        return set()

    def reload(self):
        subprocess.run(["caddy", "reload", "--force", "--config", str(self.folder / "Caddyfile"),
                        "--address", self.admin], check=True, capture_output=True, timeout=30,
                       env=self.environment())


class TcpHAProxy(HAProxy):
    """HAProxy that passes on what players of RetroArch say."""

    source = "haproxy/netplay.cfg"
    server = "send-proxy-v2 check"  # of its own file

    def __init__(self, relay, server=server, bind=None):
        self.wanted, self.bind = server, bind
        super().__init__(relay)

    def write(self):
        address = "%s:%d" % self.address
        bind = self.bind.format(port=self.address[1]) if self.bind else address
        self.replaced(("192.0.2.1:55435", bind), (self.server, self.wanted + " inter 100ms"))
        (self.folder / "netplay.cfg").rename(self.folder / "haproxy.cfg")
