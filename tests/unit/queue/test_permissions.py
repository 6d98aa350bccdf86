"""The list of commands is complete, and the shipped rule is made of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from preview_worker.queue import QueueSettings
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.permissions import COMMANDS, PROBES, Shortage, acl_rule
from preview_worker.queue.scripts import Script

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "src/preview_worker/queue"
CALL_IN_LUA = re.compile(r"""(?:rcall|redis\.p?call)\(\s*['"](\w+)""")
SENT_WITHOUT_LEAVE = {"AUTH"}
ASKED_OF_OTHERS = {"SENTINEL"}
SENDING = {"call", "ask", "send", "pack"}


def commands_sent(path: Path) -> set[str]:
    """Return the commands that a file of the room sends, be it from Python or from Lua."""
    text = path.read_text()
    found = {name.upper() for name in CALL_IN_LUA.findall(text)}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            first = node.args[:2] if name in SENDING else []
            found |= {word for word in map(_word, first) if word is not None}
    return found


def _word(node: ast.expr) -> str | None:
    inner = node.elts[0] if isinstance(node, ast.Tuple) and node.elts else node
    match inner:
        case ast.Constant(value=str(word)) if word.isupper():
            return word
        case _:
            return None


def test_every_command_that_is_sent_is_in_the_rule() -> None:
    """What Python sends and what the scripts call: a new command has to be added to the list."""
    sent = {name for path in ROOM.glob("*.py") for name in commands_sent(path)}
    for script in Script:
        sent |= {name.upper() for name in CALL_IN_LUA.findall(script.body.decode())}
    allowed = {name.upper().partition("|")[0] for name in COMMANDS}
    assert {"HSET", "BZPOPMIN", "XREAD", "LPOS"} <= sent
    assert sent & _all_commands() - allowed - SENT_WITHOUT_LEAVE - ASKED_OF_OTHERS == set()


def test_nothing_dangerous_is_in_the_rule() -> None:
    """No administrator's command, and no script that is not loaded by name."""
    families = {name.partition("|")[0] for name in PROBES}
    dangerous = {"eval", "keys", "flushall", "flushdb", "config", "acl", "debug", "monitor"}
    assert families & (dangerous | {"shutdown", "replicaof", "module", "migrate"}) == set()
    assert {"client", "script", "cluster"} & set(COMMANDS) == set()


def test_the_shipped_file_is_the_rule_for_the_default_queue() -> None:
    """``preview-worker doctor --acl`` prints the same with the settings' names."""
    shipped = (ROOT / "deploy/redis/preview-worker.acl").read_text()
    assert shipped == acl_rule(QueueSettings(), "#SHA256-OF-THE-PASSWORD") + "\n"


def test_the_rule_names_the_users_own_queue() -> None:
    """User, prefix and queue are those of the settings."""
    settings = QueueSettings(
        queue_name="films", prefix="{p}", connection=ConnectionSettings(username="me")
    )
    rule = acl_rule(settings, ">secret")
    assert rule.startswith(
        "user me on >secret resetchannels -@all ~{p}:films:* ~{p}:films-dead:* +"
    )


def test_a_shortage_says_what_would_end_it() -> None:
    """An administrator can copy the rules from the message."""
    assert not Shortage()
    told = str(Shortage(("get", "set"), ("bull:a:*",)))
    assert "commands: get set, keys: bull:a:*" in told
    assert "+get +set ~bull:a:*" in told


def _all_commands() -> set[str]:
    """Leave out upper-case words that are no commands, such as options and error codes."""
    return {name.upper() for name in _KNOWN.split()}


_KNOWN = """
    append auth bitcount blmove blpop brpop bzpopmax bzpopmin client cluster config copy dbsize
    decr del discard dump eval evalsha exec exists expire get getdel getex getset hdel hello
    hexists hget hgetall hincrby hkeys hlen hmget hmset hscan hset hsetnx hvals incr incrby info
    keys lindex linsert llen lmove lpop lpos lpush lpushx lrange lrem lset ltrim memory mget
    move mset multi object persist pexpire pexpireat ping psetex psubscribe pttl publish rename
    renamenx restore role rpop rpoplpush rpush rpushx sadd scan scard script sdiff select
    sentinel set setex setnx sinter sismember smembers smove sort spop srem sscan strlen
    subscribe sunion time touch ttl type unlink unwatch wait watch xack xadd xautoclaim xclaim
    xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xtrim zadd zcard zcount
    zincrby zlexcount zmscore zpopmax zpopmin zrange zrangebylex zrangebyscore zrank zrem
    zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebyscore zrevrank zscan
    zscore zunionstore
"""
