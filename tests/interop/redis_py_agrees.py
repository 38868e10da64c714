#!/usr/bin/env python3
"""The library and a Python program with redis-py read and write the same keys and agree:
    redis_py_agrees.py COUNTERS_PROGRAM REDIS_URL
Exit code 77: redis-py is not there, nothing was tested."""

import random

from beside import run, same


def flat(pairs, number):
    return [word for name, score in pairs for word in (name, number(score))]


def counters_agree(library, server):
    """Rows 2.8 and 2.9: both increment, both see the sum and the same ranking."""
    chance = random.Random(1)
    for _ in range(300):
        user, by = chance.randrange(1, 30), chance.randrange(-3, 9)
        if chance.random() < 0.5:
            library("increment", user, by)
        else:
            server.zincrby("count:user:arts", by, user)
        same(f"articles of {user}", library("get", user),
             [str(int(server.zscore("count:user:arts", user)))])
    same("top 10", library("top", 10),
         flat(server.zrevrange("count:user:arts", 0, 9, withscores=True), lambda s: str(int(s))))
    same("nobody's articles", library("get", "nobody"), ["0"])


def counts_agree(library, server):
    """Row 2.7."""
    server.hset("user:17:count", mapping={"article_count": 3, "following_count": 4})
    server.hincrby("user:17:count", "like_count", 9)
    library("fan", 17)
    server.hincrby("user:17:count", "fans_count")
    same("counts of 17", library("counts", 17), ["3", "4", "2", "9"])
    same("fields of 17", library("fan", 17), ["3"])
    same("the hash", ["3"], [server.hget("user:17:count", "fans_count")])


def following_agrees(library, server):
    """Row 2.6: times to the last bit, in the same order."""
    key = "user:17:following"
    server.zadd(key, {"27": 1557986157.1353633})
    library("follow", 17, 28, repr(1557986157.1353635))
    server.zadd(key, {"9": 1557986157.1353633, "ann": 100})
    same("again", library("follow", 17, "ann", 200), ["0"])
    same("the first time", ["100"], [format(server.zscore(key, "ann"), "g")])
    same("gone", library("unfollow", 17, 9), ["1"])
    server.zadd(key, {"10": 1557986157.1353633})
    theirs = server.zrevrange(key, 0, -1, withscores=True)
    same("how many", [str(len(theirs))], ["4"])
    ours = library("following", 17)
    same("followed", ours[0::2], [name for name, _ in theirs])
    same("since", [float(word) for word in ours[1::2]], [since for _, since in theirs])


if __name__ == "__main__":
    run(counters_agree, counts_agree, following_agrees)
