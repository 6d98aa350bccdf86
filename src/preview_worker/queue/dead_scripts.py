"""Our own scripts for dead letters: each moves a job between its queue and the dead queue at once.

BullMQ has no dead letters. The dead queue is one that BullMQ's clients can read: a hash per letter,
its id in the waiting list. What the job's hash held is kept as it was under ``was:`` names; the
payload stands in ``data`` behind the facts if it is JSON, else in ``was:data``.
"""

from __future__ import annotations

from preview_worker.queue.revival import LIFT
from preview_worker.queue.scripts import OwnScript

_TRIM = b"""
local function trim(wait, root, count, oldest)
  local forgotten = 0
  while rcall('LLEN', wait) > count do
    rcall('DEL', root .. rcall('RPOP', wait))
    forgotten = forgotten + 1
  end
  for _ = 1, 100 do
    local id = rcall('LINDEX', wait, -1)
    if not id then break end
    local died = tonumber(rcall('HGET', root .. id, 'timestamp') or 0) or 0
    if died >= oldest then break end
    rcall('RPOP', wait)
    rcall('DEL', root .. id)
    forgotten = forgotten + 1
  end
  return forgotten
end
"""

_PUT = b"""
local function put(key, words)
  for first = 1, #words, 1000 do
    rcall('HSET', key, unpack(words, first, math.min(first + 999, #words)))
  end
end
"""
"""Writes a hash of any size: Lua hands over a few thousand words at once and fails with more."""

BURY = OwnScript(
    b"local rcall = redis.call"
    + _PUT
    + _TRIM
    + b"""
if rcall('GET', KEYS[1]) ~= ARGV[1] or not rcall('LPOS', KEYS[2], ARGV[2]) then
  return 0
end
local fields = rcall('HGETALL', KEYS[3])
local id, root, now = ARGV[2], ARGV[3], ARGV[4]
local letter = {'opts', '{}', 'timestamp', now, 'delay', 0, 'priority', 0,
  'failedReason', ARGV[7], 'stacktrace', ARGV[8], 'atm', ARGV[9]}
local name, payload, begun = '', '{}', ''
for i = 1, #fields, 2 do
  local field, value = fields[i], fields[i + 1]
  if field == 'data' then
    payload = value
  else
    if field == 'name' then name = value end
    if field == 'processedOn' then begun = value end
    if field == 'ats' or field == 'stc' or field == 'pb' or field == 'processedOn' then
      table.insert(letter, field)
      table.insert(letter, value)
    end
    table.insert(letter, 'was:' .. field)
    table.insert(letter, value)
  end
end
if ARGV[6] == '1' then
  payload = ARGV[5] .. ',"payload":' .. payload .. '}'
else
  table.insert(letter, 'was:data')
  table.insert(letter, payload)
  payload = ARGV[5] .. '}'
end
local before = rcall('HMGET', KEYS[4], 'deaths', 'processedOn')
local deaths = tonumber(before[1] or 0) or 0
if not before[1] or before[2] ~= begun then deaths = deaths + 1 end
rcall('DEL', KEYS[4])
rcall('HSET', KEYS[4], 'name', name, 'data', payload, 'deaths', deaths)
put(KEYS[4], letter)
rcall('LREM', KEYS[5], 0, id)
rcall('LPUSH', KEYS[5], id)
if rcall('HEXISTS', KEYS[6], 'opts.maxLenEvents') == 0 then
  rcall('HSET', KEYS[6], 'opts.maxLenEvents', 10000)
end
rcall('XADD', KEYS[7], 'MAXLEN', '~', 10000, '*', 'event', 'added', 'jobId', id, 'name', name)
rcall('XADD', KEYS[7], '*', 'event', 'waiting', 'jobId', id)
rcall('ZADD', KEYS[8], 0, '0')
trim(KEYS[5], root, tonumber(ARGV[10]), tonumber(ARGV[11]))
return 1
""",
    key_count=8,
)
"""Copies a job that is about to fail into the dead queue, if its lock is ours.

Keys: lock, active list, job; letter, waiting list, meta, events and marker of the dead queue.
Arguments: token, id, root of the dead queue, instant, facts as JSON without the closing brace,
whether the payload is JSON, reason, history, attempts made, letters to keep, oldest to keep.
"""

TRIM = OwnScript(
    b"local rcall = redis.call"
    + _TRIM
    + b"return trim(KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))\n",
    key_count=1,
)
"""Forgets letters that are too many or too old. Key: waiting list of the dead queue."""

REPLAY = OwnScript(
    b"local rcall = redis.call\n"
    b"local id, root, now, dead, forgotten = ARGV[1], ARGV[2], ARGV[3], ARGV[4], {'atm'}\n"
    + _PUT
    + LIFT
    + b"""
local letter = rcall('HGETALL', KEYS[1])
if #letter == 0 then return 'absent' end
if rcall('EXISTS', KEYS[3]) == 1 and not rcall('ZSCORE', KEYS[4], id) then
  if rcall('ZSCORE', KEYS[5], id) then return 'completed' end
  return 'pending'
end
local gone = {processedOn = 1, finishedOn = 1, failedReason = 1, returnvalue = 1, stacktrace = 1,
  atm = 1, stc = 1, defa = 1, pb = 1, progress = 1, delay = 1, deid = 1, rjk = 1, nrjid = 1}
local job = {'delay', 0}
local payload = '{}'
for i = 1, #letter, 2 do
  local field, value = letter[i], letter[i + 1]
  local was = string.match(field, '^was:(.*)$')
  if field == 'data' then
    local _, last = string.find(value, ',"payload":', 1, true)
    if last then payload = string.sub(value, last + 1, -2) end
  elseif was == 'data' then
    payload = value
  elseif field == 'stacktrace' or (was and not gone[was]) then
    table.insert(job, was or field)
    table.insert(job, value)
  end
end
rcall('ZREM', KEYS[4], id)
rcall('DEL', KEYS[3])
rcall('HSET', KEYS[3], 'data', payload)
put(KEYS[3], job)
if has_children(id) then
  gather(id)
  wait(id)
else
  revive_parent(id)
  enqueue(id)
end
rcall('LREM', KEYS[2], 0, id)
rcall('DEL', KEYS[1])
return 'replayed'
""",
    key_count=5,
)
"""Puts a dead job back among those that wait, unless one of its id is there; with its family.

Keys: letter, waiting list of the dead queue; job, failed, completed. Arguments: id, root of the
queue, instant, root of the dead queue. Attempts begin anew, but the count of started ones goes on:
publishing tells attempts apart by it.
"""
