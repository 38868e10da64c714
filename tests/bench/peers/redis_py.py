"""Booking by redis-py as its own documentation shows it: WATCH in a pipeline, or redis.lock.Lock.
Started by redis_bench. It checks that a seat is left and that the user has no booking, and no more.

    redis_py.py watch|lock SOCKET threads|processes CALLERS SECONDS

Prints, as names and numbers: operations counted in the time, all that were done, the time, p50 and
p99 in microseconds, retries.
"""

import multiprocessing
import sys
import threading
import time

import redis
from redis.lock import Lock

SLOTS, FIELD = "seed:slots:1", "2026-06-01T10:00"
PAUSE_WHEN_LOCKED = 0.001  # redis-py's default of 0.1 s would be a hundred times slower


def check(left, has):
    if int(left) <= 0 or has:
        raise RuntimeError("a seat was expected")


def book_watch(client, user):
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


def book_lock(client, user):
    with Lock(client, "seed:lock:" + FIELD, timeout=10, sleep=PAUSE_WHEN_LOCKED):
        check(client.hget(SLOTS, FIELD), client.exists(user))
        client.hincrby(SLOTS, FIELD, -1)
        client.set(user, FIELD)
    return 0  # it does not tell


def call(way, path, caller, seconds, ready, results):
    book = book_watch if way == "watch" else book_lock
    client = redis.Redis(unix_socket_path=path)
    book(client, f"seed:user:{caller}:first")
    ready.wait()
    until = time.perf_counter() + seconds
    times, in_time, retries = [], 0, 0
    before = time.perf_counter()
    while before < until:
        retries += book(client, f"seed:user:{caller}:{len(times)}")
        after = time.perf_counter()
        times.append(after - before)
        in_time += after <= until
        before = after
    results.put((times, in_time, retries))


def main():
    way, path, kind, callers, seconds = sys.argv[1:]
    callers, seconds = int(callers), float(seconds)
    if kind == "processes":
        worker = multiprocessing.Process
        ready, results = multiprocessing.Barrier(callers), multiprocessing.Queue()
    else:
        import queue

        worker = threading.Thread
        ready, results = threading.Barrier(callers), queue.Queue()
    crew = [
        worker(target=call, args=(way, path, n, seconds, ready, results), daemon=True)
        for n in range(callers)
    ]
    for one in crew:
        one.start()
    times, in_time, retries = [], 0, 0
    for _ in crew:
        some, counted, again = results.get(timeout=60)
        times += some
        in_time += counted
        retries += again
    for one in crew:
        one.join()
    times.sort()
    p50, p99 = (times[int(share * (len(times) - 1))] * 1e6 for share in (0.5, 0.99))
    print(f"counted {in_time} done {len(times) + callers} seconds {seconds} "
          f"p50 {p50:.1f} p99 {p99:.1f} retries {retries}")


if __name__ == "__main__":
    main()
