#!/usr/bin/env python3
"""Runs a command with a redis-server of its own, whose URL is the command's last argument:
    with_redis.py COMMAND [ARGUMENT ...]
The server listens on a unix socket in a temporary directory and goes with the command."""

import ctypes
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def answers(path):
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(path)
            line.sendall(b"PING\r\n")
            return line.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def main():
    # A socket's path must be short, so not below TMPDIR.
    with tempfile.TemporaryDirectory(prefix="booking-", dir="/tmp") as place:
        path = str(pathlib.Path(place) / "redis")
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", path, "--dir", place, "--save", "",
             "--appendonly", "no"],
            stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
        try:
            until = time.monotonic() + 20
            while not answers(path):
                if server.poll() is not None or time.monotonic() > until:
                    sys.exit("redis-server does not answer")
                time.sleep(0.01)
            return subprocess.run([*sys.argv[1:], f"unix://{path}"]).returncode
        finally:
            server.kill()
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
