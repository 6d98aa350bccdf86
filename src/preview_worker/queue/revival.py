"""Having failed jobs wait again, parents together with their children.

BullMQ retries one job. A parent keeps the names of the children that failed, and is refused when it
is to be completed while it keeps some (-9), or while one of them was retried after it (-4). So here
they come back as one: every child that failed waits again, and the parent for them.
"""

from __future__ import annotations

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.scripts import OwnScript, evalsha
from preview_worker.queue.wire import Argument

LIFT = b"""
local function tell(event, id)
  local most = rcall('HGET', root .. 'meta', 'opts.maxLenEvents') or 10000
  rcall('XADD', root .. 'events', 'MAXLEN', '~', most, '*',
    'event', event, 'jobId', id, 'prev', 'failed')
end
local function enqueue(id)
  local told = rcall('HMGET', root .. id, 'priority', 'opts')
  local priority = tonumber(told[1]) or 0
  if priority == 0 then
    local read, opts = pcall(cjson.decode, told[2] or '{}')
    local lifo = read and type(opts) == 'table' and opts['lifo'] == true
    rcall(lifo and 'RPUSH' or 'LPUSH', root .. 'wait', id)
  else
    local count = rcall('INCR', root .. 'pc')
    rcall('ZADD', root .. 'prioritized', priority * 0x100000000 + count % 0x100000000, id)
  end
  local meta = rcall('HMGET', root .. 'meta', 'paused', 'concurrency')
  local maxed = meta[2] and rcall('LLEN', root .. 'active') >= tonumber(meta[2])
  if not meta[1] and not maxed then rcall('ZADD', root .. 'marker', 0, '0') end
  tell('waiting', id)
end
local function lift(id)
  if rcall('ZREM', root .. 'failed', id) == 0 then return false end
  rcall('HDEL', root .. id, 'finishedOn', 'processedOn', 'failedReason', 'defa')
  for _, field in ipairs(forgotten) do rcall('HDEL', root .. id, field) end
  if dead then
    rcall('LREM', dead .. 'wait', 0, id)
    rcall('DEL', dead .. id)
  end
  return true
end
local function link(id, parent)
  local key = root .. id
  local named = rcall('ZREM', parent .. ':unsuccessful', key)
  if named + rcall('HDEL', parent .. ':failed', key) > 0 then
    rcall('SADD', parent .. ':dependencies', key)
  end
end
local function id_of(key)
  return string.sub(key, 1, #root) == root and string.sub(key, #root + 1)
end
local function parent_of(id)
  local parent = rcall('HGET', root .. id, 'parentKey')
  return parent and rcall('EXISTS', parent) == 1 and parent
end
local function has_children(id)
  local key = root .. id
  return rcall('EXISTS', key .. ':dependencies', key .. ':processed', key .. ':failed',
    key .. ':unsuccessful') > 0
end
local function gather(id)
  local key, count = root .. id, 0
  local lost = rcall('ZRANGE', key .. ':unsuccessful', 0, -1)
  local ignored = rcall('HGETALL', key .. ':failed')
  for i = 1, #ignored, 2 do table.insert(lost, ignored[i]) end
  for _, child in ipairs(lost) do
    local child_id = id_of(child)
    local done = child_id and rcall('ZSCORE', root .. 'completed', child_id)
    if child_id and (done or rcall('EXISTS', child) == 0) then
      rcall('ZREM', key .. ':unsuccessful', child)
      rcall('HDEL', key .. ':failed', child)
    elseif child_id then
      link(child_id, key)
      if lift(child_id) then
        enqueue(child_id)
        count = count + 1
      end
    end
  end
  for _, child in ipairs(rcall('SMEMBERS', key .. ':dependencies')) do
    if id_of(child) and rcall('EXISTS', child) == 0 then
      rcall('SREM', key .. ':dependencies', child)
    end
  end
  return count
end
local function goes_on(parent_id)
  if rcall('ZSCORE', root .. 'waiting-children', parent_id) then return false end
  for _, set in ipairs({'prioritized', 'delayed', 'completed'}) do
    if rcall('ZSCORE', root .. set, parent_id) then return true end
  end
  for _, list in ipairs({'active', 'wait', 'paused'}) do
    if rcall('LPOS', root .. list, parent_id) then return true end
  end
  return false
end
local function join(id)
  local parent = parent_of(id)
  local parent_id = parent and id_of(parent)
  if parent and not (parent_id and goes_on(parent_id)) then link(id, parent) end
end
local function wait(id)
  join(id)
  if rcall('SCARD', root .. id .. ':dependencies') == 0 then
    enqueue(id)
  else
    rcall('ZADD', root .. 'waiting-children', now, id)
    tell('waiting-children', id)
  end
end
local function revive_parent(id)
  local parent = parent_of(id)
  local parent_id = parent and id_of(parent)
  if not (parent_id and lift(parent_id)) then
    join(id)
    return 0
  end
  link(id, parent)
  local count = gather(parent_id) + 1
  wait(parent_id)
  return count
end
"""
"""Functions that take jobs out of the set of failed ones and put them in line again.

They want ``root`` (of the queue), ``now``, ``forgotten`` (names of fields), and ``dead`` (the root
of the dead queue whose letters go, or false). A child that was removed is waited for no more. One
whose parent goes on or is done runs by itself: waiting for it would be too late.
"""

RETRY_FAMILY = OwnScript(
    b"local rcall = redis.call\n"
    b"local id, root, now, dead = ARGV[1], ARGV[2], ARGV[3], false\n"
    b"local forgotten = ARGV[4] == '1' and {'atm', 'ats'} or {}\n"
    + LIFT
    + b"""
if not rcall('ZSCORE', KEYS[1], id) or rcall('EXISTS', KEYS[2]) == 0 then return -3 end
if has_children(id) then
  lift(id)
  local count = gather(id) + 1
  wait(id)
  return count
end
if not parent_of(id) then return 0 end
lift(id)
local count = revive_parent(id) + 1
enqueue(id)
return count
""",
    key_count=2,
)
"""Retries a failed job that has children or a parent, with its family; tells how many jobs are.

0 for a job without any, of which nothing is changed, and -3 for one that has not failed. Keys: the
set of failed jobs, the job. Arguments: id, root, instant, and 1 to forget the attempts.
"""


def retrial(keys: QueueKeys, job_id: str, at_ms: int, *, fresh: bool) -> tuple[Argument, ...]:
    """Return the command that retries a job with its family."""
    args = (job_id, keys.root, at_ms, "1" if fresh else "0")
    return evalsha(RETRY_FAMILY, (keys.failed, keys.job(job_id)), args)
