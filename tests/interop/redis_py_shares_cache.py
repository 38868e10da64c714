#!/usr/bin/env python3
"""The library's cache of users and a Python program with redis-py use the same keys:
    redis_py_shares_cache.py CACHE_PROGRAM REDIS_URL
Exit code 77: redis-py is not there, nothing was tested."""

import json
import random
import sys

from beside import run, same

FIELDS = ("mobile", "name", "photo", "intro", "certi")
PARTS = ("Ann", "139", " ", "é", "中文", "😀", '"', "\\", "/", "\n", "\t", "{}", "-1", "null")
SLACK = 60  # seconds a machine may stand still between a fill and our look


def key_of(user):
    return f"user:{user}:profile"


def any_profile(chance):
    return {field: "".join(chance.choices(PARTS, k=chance.randrange(5))) for field in FIELDS}


def ask(library, *words):
    return json.loads(library.line(*words))


def put(library, user, profile):
    ask(library, "put", user, json.dumps(profile))


def must_be_within(what, least, value, most):
    if not least <= value <= most:
        sys.exit(f"{what}: {value} is not within {least} and {most}")


def library_reads_what_redis_py_writes(library, server):
    """Row 2.1, however Python spells it; a load would find nothing."""
    chance = random.Random(1)
    for user in range(1000, 1200):
        profile = any_profile(chance)
        text = json.dumps(profile, ensure_ascii=chance.random() < 0.5,
                          indent=chance.choice((None, 2)))
        server.set(key_of(user), text, ex=1000)
        found = ask(library, "get", user)
        same(f"profile of {user}", found["profile"], profile)
        same("its source", found["source"], "hit")
    same("loads", found["loads"], 0)
    server.set(key_of(1000), json.dumps({"name": "Ann", "photo": None, "age": 7}), ex=1000)
    same("fields that are not there", ask(library, "get", 1000)["profile"],
         dict.fromkeys(FIELDS, "") | {"name": "Ann"})


def library_reads_that_there_is_none(library, server):
    """Row 2.2: the marker counts, although the database knows the user."""
    put(library, 2000, dict.fromkeys(FIELDS, "x"))
    for marker in (-1, "-1"):
        server.setex(key_of(2000), 300, marker)
        found = ask(library, "get", 2000)
        same("who does not exist", (found["source"], found["profile"]), ("negative", None))
        same("exists", ask(library, "exists", 2000), False)


def redis_py_reads_what_library_writes(library, server):
    """Rows 2.1 and 2.4: the same object, for 2 h + [0, 600) s."""
    chance = random.Random(2)
    lives = []
    for user in range(3000, 3200):
        profile = any_profile(chance)
        put(library, user, profile)
        same("the first answer", ask(library, "get", user)["source"], "loaded")
        same(f"profile of {user}", json.loads(server.get(key_of(user))), profile)
        same("its fields' order", tuple(json.loads(server.get(key_of(user)))), FIELDS)
        lives.append(server.ttl(key_of(user)))
    must_be_within("shortest life", 7200 - SLACK, min(lives), 7200 + 100)
    must_be_within("longest life", 7800 - 100, max(lives), 7800)
    same("what else is left", server.keys("user:3*:lock"), [])


def redis_py_reads_that_there_is_none(library, server):
    """Rows 2.2 and 2.4: -1, for 5 min + [0, 60) s."""
    for user in range(4000, 4050):
        same("the answer", ask(library, "get", user)["profile"], None)
        same("the marker", "-1", server.get(key_of(user)))
        must_be_within("its life", 300 - SLACK, server.ttl(key_of(user)), 360)


def each_sees_what_the_other_forgets(library, server):
    """Row 2.3, and a DEL by redis-py."""
    old, new = dict.fromkeys(FIELDS, "old"), dict.fromkeys(FIELDS, "new")
    put(library, 5000, old)
    ask(library, "save", 5000)
    same("exists", ask(library, "exists", 5000), server.exists(key_of(5000)) == 1)
    put(library, 5000, new)
    same("until it is forgotten", ask(library, "get", 5000)["profile"], old)
    ask(library, "clear", 5000)
    same("cleared", 0, server.exists(key_of(5000)))
    same("then", ask(library, "get", 5000)["profile"], new)
    put(library, 5000, old)
    server.delete(key_of(5000))
    found = ask(library, "get", 5000)
    same("after a DEL", (found["source"], found["profile"]), ("loaded", old))
    server.setex(key_of(5000), 1000, json.dumps(new))
    same("after a SETEX", ask(library, "get", 5000)["profile"], new)
    ask(library, "save", 5000)
    same("saved over it", json.loads(server.get(key_of(5000))), old)


if __name__ == "__main__":
    run(library_reads_what_redis_py_writes, library_reads_that_there_is_none,
        redis_py_reads_what_library_writes, redis_py_reads_that_there_is_none,
        each_sees_what_the_other_forgets)
