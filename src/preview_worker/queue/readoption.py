"""Taking up again a job whose lock ran out while Redis was away and nobody else took it.

The script is our own: BullMQ has none for this. It is safe beside BullMQ's, since the stall check
moves only jobs without a lock, and either of the two runs as a whole before the other. The count
of started attempts tells our attempt from one that began and died after ours.
"""

from __future__ import annotations

from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.scripts import OwnScript, ScriptRunner

READOPTION = OwnScript(
    b"""
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if (redis.call('HGET', KEYS[4], 'ats') or '0') ~= ARGV[4] then
  return 0
end
if not redis.call('LPOS', KEYS[2], ARGV[3]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SREM', KEYS[3], ARGV[3])
return 1
""",
    key_count=4,
)
"""Locks a job again that is still active, unlocked and in the attempt that we began.

Keys: the lock, the active list, the stalled set, the job. Arguments: token, lock in
milliseconds, job id, attempts started. Answers 1 when the lock is ours now, otherwise 0.
"""


async def readopt(scripts: ScriptRunner, keys: QueueKeys, job: LeasedJob, lock_ms: int) -> bool:
    """Lock ``job`` again with its token if nobody else took it; tell whether it is ours."""
    script_keys = (keys.lock(job.id), keys.active, keys.stalled, keys.job(job.id))
    args = (job.token, lock_ms, job.id, job.attempts_started)
    return await scripts.run(READOPTION, script_keys, args) == 1
