"""The files of systemd/ as an installation has them."""

from support import PROJECT

SOURCES = PROJECT / "systemd"
UNIT_DIRECTORY = "/usr/lib/systemd/system"
# Where each goes; those that end in .in have names of directories to be put in.
INSTALLED = {
    "netplay-relay.service.in": f"{UNIT_DIRECTORY}/netplay-relay.service",
    "netplay-relay.socket": f"{UNIT_DIRECTORY}/netplay-relay.socket",
    "netplay-relay.sysusers": "/usr/lib/sysusers.d/netplay-relay.conf",
    "netplay-relay.tmpfiles.in": "/usr/lib/tmpfiles.d/netplay-relay.conf",
}


def text_of(name, bindir="/usr/bin", sysconfdir="/etc"):
    text = (SOURCES / name).read_text(encoding="utf-8")
    if name.endswith(".in"):
        text = text.replace("@CMAKE_INSTALL_FULL_BINDIR@", str(bindir))
        text = text.replace("@CMAKE_INSTALL_FULL_SYSCONFDIR@", str(sysconfdir))
    return text
