"""Our own scripts for outboxes. All of them go by the clock of Redis, which everybody shares."""

from __future__ import annotations

from preview_worker.queue.scripts import OwnScript

_CLOCK = b"""
local rcall = redis.call
local clock = rcall('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
"""

PUT = OwnScript(
    _CLOCK
    + b"""
if rcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
rcall('SET', KEYS[1], ARGV[2])
for i = 4, #ARGV, 2 do
  if rcall('HEXISTS', KEYS[3], ARGV[i]) == 0 then
    rcall('HSET', KEYS[3], ARGV[i], now .. ' ' .. ARGV[i + 1])
    rcall('ZADD', KEYS[2], now, ARGV[i])
  end
end
rcall('PEXPIRE', KEYS[2], ARGV[3])
rcall('PEXPIRE', KEYS[3], ARGV[3])
return 1
""",
    key_count=3,
)
"""Keys: place, due, contents. Arguments: the place before, the new one, how long deliveries that
nobody asks for any more are kept (ms), then an id and a content for each parcel."""

TAKE = OwnScript(
    _CLOCK
    + b"""
local taken = {}
for _, id in ipairs(rcall('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local kept = rcall('HGET', KEYS[2], id)
  if kept then
    local space = string.find(kept, ' ', 1, true)
    rcall('ZADD', KEYS[1], now + tonumber(ARGV[2]), id)
    local tries = rcall('HINCRBY', KEYS[3], id, 1)
    local age = now - tonumber(string.sub(kept, 1, space - 1))
    taken[#taken + 1] = {id, string.sub(kept, space + 1), tries, age}
  else
    rcall('ZREM', KEYS[1], id)
  end
end
for i = 1, 3 do rcall('PEXPIRE', KEYS[i], ARGV[3]) end
local first = rcall('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[2] then return {taken, -1} end
return {taken, math.max(0, math.ceil(tonumber(first[2]) - now))}
""",
    key_count=3,
)
"""Keys: due, contents, tries. Arguments: how many at most, for how long (ms), how long deliveries
that nobody asks for any more are kept (ms). Answers with the deliveries and when the next is due
(ms), -1 for never."""

POSTPONE = OwnScript(
    _CLOCK
    + b"""
if rcall('ZSCORE', KEYS[1], ARGV[1]) then
  rcall('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
end
return 1
""",
    key_count=1,
)
"""Keys: due. Arguments: the parcel's id, for how long (ms)."""
