"""Putting a job back to where a settlement can begin, after a script stopped half-way.

Redis does not undo what a script did before it met a command that its user may not run. The job may
then be in no list, in two, or finished without its result. The script is our own: BullMQ has none
for this.
"""

from __future__ import annotations

from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.scripts import OwnScript, ScriptRunner

MENDING = OwnScript(
    b"""
local rcall = redis.call
local holder = rcall('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if (rcall('HGET', KEYS[2], 'ats') or '0') ~= ARGV[4] then
  return 0
end
if rcall('LPOS', KEYS[7], ARGV[3]) or rcall('LPOS', KEYS[8], ARGV[3])
  or rcall('ZSCORE', KEYS[9], ARGV[3]) or rcall('ZSCORE', KEYS[10], ARGV[3]) then
  return 0
end
rcall('ZREM', KEYS[5], ARGV[3])
rcall('ZREM', KEYS[6], ARGV[3])
rcall('HDEL', KEYS[2], 'finishedOn', 'returnvalue')
rcall('HSET', KEYS[2], 'atm', ARGV[5])
if not rcall('LPOS', KEYS[3], ARGV[3]) then
  rcall('LPUSH', KEYS[3], ARGV[3])
end
rcall('SREM', KEYS[4], ARGV[3])
rcall('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""",
    key_count=10,
)
"""Makes a job active and locked again, as it was when its attempt ended.

Nothing is done when somebody else holds the job or it waits for another attempt.

Keys: lock, job, active, stalled, completed, failed, wait, paused, prioritized, delayed.
Arguments: token, lock in milliseconds, job id, attempts started, attempts made. Answers 1 when
the job is ours as before, otherwise 0.
"""


async def mend(scripts: ScriptRunner, keys: QueueKeys, job: LeasedJob, lock_ms: int) -> bool:
    """Make ``job`` active and ours again, unless somebody else took it; tell whether it is."""
    script_keys = (
        keys.lock(job.id),
        keys.job(job.id),
        keys.active,
        keys.stalled,
        keys.completed,
        keys.failed,
        keys.wait,
        keys.paused,
        keys.prioritized,
        keys.delayed,
    )
    args = (job.token, lock_ms, job.id, job.attempts_started, job.attempts_made)
    return await scripts.run(MENDING, script_keys, args) == 1
