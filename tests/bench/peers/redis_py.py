"""Booking by redis-py as its own documentation shows it: WATCH in a pipeline, or redis.lock.Lock.
Started by redis_bench. It checks that a seat is left and that the user has no booking, and no more.

    redis_py.py watch|lock SOCKET threads|processes CALLERS SECONDS PAUSE

PAUSE: seconds between attempts to get the lock.
Prints, as names and numbers: operations counted in the time, those of the least served caller, all
that were done, the time, p50 and p99 in microseconds, retries where it is told of them.
"""

import multiprocessing
import queue
import sys
import threading
import time

import redis
from redis.lock import Lock

SLOTS, FIELD = "seed:slots:1", "2026-06-01T10:00"


def check(left, has):
    if int(left) <= 0 or has:
        raise RuntimeError("a seat was expected")


def book_watch(client, user, _pause):
    again = 0
    with client.pipeline() as pipe:
        while True:
            try:
                pipe.watch(SLOTS, user)
                check(pipe.hget(SLOTS, FIELD), pipe.exists(user))
                pipe.multi()
                pipe.hincrby(SLOTS, FIELD, -1)
                pipe.set(user, FIELD)
                pipe.execute()
                return again
            except redis.WatchError:
                again += 1


def book_lock(client, user, pause):
    with Lock(client, "seed:lock:" + FIELD, timeout=10, sleep=pause):
        check(client.hget(SLOTS, FIELD), client.exists(user))
        client.hincrby(SLOTS, FIELD, -1)
        client.set(user, FIELD)
    return None  # it does not tell


def call(way, path, caller, seconds, pause, ready, results):
    book = book_watch if way == "watch" else book_lock
    client = redis.Redis(unix_socket_path=path)
    book(client, f"seed:user:{caller}:first", pause)
    ready.wait(timeout=60)
    until = time.perf_counter() + seconds
    times, in_time, retries = [], 0, 0
    before = time.perf_counter()
    while before < until:
        retries += book(client, f"seed:user:{caller}:{len(times)}", pause) or 0
        after = time.perf_counter()
        times.append(after - before)
        in_time += after <= until
        before = after
    results.put((times, in_time, retries))


def main():
    way, path, kind, callers, seconds, pause = sys.argv[1:]
    callers, seconds, pause = int(callers), float(seconds), float(pause)
    if kind == "processes":
        worker = multiprocessing.Process
        ready, results = multiprocessing.Barrier(callers), multiprocessing.Queue()
    else:
        worker = threading.Thread
        ready, results = threading.Barrier(callers), queue.Queue()
    crew = [
        worker(target=call, args=(way, path, n, seconds, pause, ready, results), daemon=True)
        for n in range(callers)
    ]
    for one in crew:
        one.start()
    times, in_time, retries = [], [], 0
    for _ in crew:
        some, counted, again = results.get(timeout=60)
        times += some
        in_time.append(counted)
        retries += again
    for one in crew:
        one.join()
    times.sort()
    p50, p99 = (times[int(share * (len(times) - 1))] * 1e6 for share in (0.5, 0.99))
    print(f"counted {sum(in_time)} least {min(in_time)} done {len(times) + callers} seconds {seconds} "
          f"p50 {p50:.1f} p99 {p99:.1f}" + (f" retries {retries}" if way == "watch" else ""))


if __name__ == "__main__":
    main()
