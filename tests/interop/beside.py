"""A program of the library's and redis-py on one server, for the scripts beside this file:
    SCRIPT PROGRAM REDIS_URL
Exit code 77: redis-py is not there, nothing was tested."""

import subprocess
import sys

try:
    import redis
except ImportError:
    print("skipped: redis-py is not installed (Debian: python3-redis)")
    sys.exit(77)

SECONDS = 60  # longer takes no answer


class Library:
    """The C++ side: a line in, a line out."""

    def __init__(self, program, url):
        self.process = subprocess.Popen([program, url], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, encoding="utf-8", bufsize=1)

    def line(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the library's program ended at {words}")
        return line

    def __call__(self, *words):
        return self.line(*words).split()

    def end(self):
        self.process.stdin.close()
        if self.process.wait(SECONDS) != 0:
            sys.exit("the library's program failed")


def same(what, ours, theirs):
    if ours != theirs:
        sys.exit(f"{what}: the library says {ours}, redis-py says {theirs}")


def run(*checks):
    """Each is given the library's program and a client of redis-py."""
    program, url = sys.argv[1:]
    server = redis.from_url(url, decode_responses=True, socket_timeout=SECONDS)
    library = Library(program, url)
    for check in checks:
        check(library, server)
        print(f"ok: {check.__name__}")
    library.end()
