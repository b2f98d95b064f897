"""The examples of ``deploy/``: systemd takes the units, nginx the site, and what reaches the pages behind it is what production expects."""

import http.client
import http.server
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.missing import missing
from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"


def _tool(name: str, package: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        missing(name, f"sudo apt install {package}")
    return found


# --- systemd
@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units with the place of this checkout instead of /opt/hilfefrei, where nothing lies here."""
    made = []
    for file in sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]):
        unit = tmp_path / file.name
        unit.write_text(file.read_text(encoding="utf-8").replace("/opt/hilfefrei", str(ROOT)), encoding="utf-8")
        made.append(unit)
    return made


def test_systemd_finds_nothing_to_say_about_the_units(units: list[Path]) -> None:
    tool = _tool("systemd-analyze", "systemd")
    done = subprocess.run([tool, "verify", "--man=no", *map(str, units)], check=False, capture_output=True, text=True)
    # What other units of this machine say is not ours.
    said = [line for line in (done.stdout + done.stderr).splitlines() if "hilfefrei" in line]
    assert said == []
    assert done.returncode == 0, done.stderr


def test_the_units_are_hardened(units: list[Path]) -> None:
    tool = _tool("systemd-analyze", "systemd")
    for unit in units:
        if unit.suffix != ".service":
            continue
        done = subprocess.run([tool, "security", "--offline=yes", "--threshold=20", str(unit)], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-400:]


def test_each_timer_has_its_service_and_the_commands_exist() -> None:
    for timer in DEPLOY.glob("*.timer"):
        assert timer.with_suffix(".service").exists()
    known = (ROOT / "src" / "hilfefrei" / "commands.py").read_text(encoding="utf-8")
    for service in DEPLOY.glob("*.service"):
        [command] = re.findall(r"/opt/hilfefrei/hilfefrei (\w+)", "\n".join(re.findall("^ExecStart=.*", service.read_text(encoding="utf-8"), re.MULTILINE)))
        assert f'command("{command}"' in known, service.name


# --- nginx
class Behind(http.server.BaseHTTPRequestHandler):
    """Stands for the pages: keeps what reached it."""

    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        Behind.seen.append({name.lower(): text for name, text in self.headers.items()} | {"path": self.path})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hilfefrei.example")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(start).not_valid_after(start + timedelta(days=30)).sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[int]:
    """nginx with the example, other ports and a certificate of its own, before a listener; gives the port with TLS."""
    tool = _tool("nginx", "nginx-light")
    _certificate(tmp_path)
    behind = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    plain, port = free_port(), free_port()
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"), ("listen [::]:80;", ""), ("listen [::]:443 ssl http2;", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"), ("/etc/ssl/hilfefrei.example", str(tmp_path)),
        ("127.0.0.1:8000", f"127.0.0.1:{behind.server_port}"), ("/var/log/nginx", str(tmp_path)),
    ):  # fmt: skip
        assert old in site, old
        site = site.replace(old, new)
    temp = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {temp}\n{site} }}", encoding="utf-8")
    checked = subprocess.run([tool, "-t", "-c", str(file), "-p", str(tmp_path)], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr, checked.stderr
    running = subprocess.Popen([tool, "-c", str(file), "-p", str(tmp_path), "-g", "daemon off;"], stderr=subprocess.DEVNULL)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    Behind.seen.clear()
    yield port
    running.terminate()
    running.wait(20)
    behind.shutdown()
    behind.server_close()


def _ask(folder: Path, port: int, path: str, **headers: str) -> tuple[int, bytes]:
    context = ssl.create_default_context(cafile=folder / "fullchain.pem")
    context.check_hostname = False
    line = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    try:
        line.request("GET", path, headers={"Host": "hilfefrei.example"} | {name.replace("_", "-"): text for name, text in headers.items()})
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def test_without_tls_the_proxy_leads_pages_on_and_refuses_programs(proxy: int, tmp_path: Path) -> None:
    plain = int(re.search(r"listen 127\.0\.0\.1:(\d+);", (tmp_path / "nginx.conf").read_text(encoding="utf-8"))[1])  # type: ignore[index]  # the fixture has put it there
    answers = []
    for path in ("/personen/?s=1", "/api/v1/bestaetigungen"):
        line = http.client.HTTPConnection("127.0.0.1", plain, timeout=20)
        line.request("POST", path, b"", {"Host": "hilfefrei.example"})
        answers.append(line.getresponse().status)
        line.close()
    assert answers == [301, 403]
    assert not Behind.seen


def test_what_the_browser_claims_does_not_reach_the_pages(proxy: int, tmp_path: Path) -> None:
    odd = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "http", "X_Request_ID": "Silberdistel", "Forwarded": "for=1", "X_Real_IP": "203.0.113.9"}
    assert _ask(tmp_path, proxy, "/personen/?s=1", **odd, X_Forwarded_Host="fremd.example") == (200, b"ok")
    [seen] = Behind.seen
    assert (seen["host"], seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("hilfefrei.example", "127.0.0.1", "https")
    assert re.fullmatch("[0-9a-f]{32}", seen["x-request-id"])
    assert not {"forwarded", "x-real-ip", "x-forwarded-host"} & seen.keys()
    for inside in ("/metrics", "/readyz"):
        assert _ask(tmp_path, proxy, inside)[0] == 404
    assert _ask(tmp_path, proxy, "/healthz")[0] == 200
    assert [one["path"] for one in Behind.seen] == ["/personen/?s=1", "/healthz"]
    assert not [file for file in tmp_path.glob("*.log") if "personen" in file.read_text(encoding="utf-8")]
