"""Runs a command with everything but loopback cut off: `python -m support.offline COMMAND...`.

In a network namespace of its own where the system allows one (then only its loopback is there), else with a guard
on sockets, which a subprocess gets through `sitecustomize`. Says on stderr which it was.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import tempfile
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1

GUARD = """
import socket
def _refuse(self, address, _inner=socket.socket.connect):
    host = address[0] if isinstance(address, tuple) else "127.0.0.1"
    if not (host in ("localhost", "::1") or host.startswith("127.")):
        raise OSError(f"offline: {host}")
    return _inner(self, address)
socket.socket.connect = _refuse
"""


def main(command: list[str]) -> None:
    if _own_namespace():
        print("offline: a network namespace", file=sys.stderr)
    else:
        print("offline: a guard on sockets", file=sys.stderr)
        place = Path(tempfile.mkdtemp(prefix="offline-"))
        (place / "sitecustomize.py").write_text(GUARD)
        os.environ["PYTHONPATH"] = os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")])
    sys.stderr.flush()
    os.execvp(command[0], command)


def _own_namespace() -> bool:
    """Leave the network of the machine; True when only a fresh loopback is left."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if not hasattr(libc, "unshare") or libc.unshare(flags) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
