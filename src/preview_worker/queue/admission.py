"""Admitting a preview to be published: the fence, as one compare-and-set in Redis.

The script is our own: BullMQ has none for this. It compares the pair that names an attempt, the
lock's token and the count of started attempts (a slot keeps its token from job to job, so the token
alone could be that of an earlier attempt), and gives what is about to be published a number.

The number is what keeps an older attempt from replacing a newer one on the disk, where no lock of
Redis reaches: an attempt may be frozen after it was admitted, for longer than its lock lives. It is
greater than every number that was given for this job, than the number of the preview that stands
there now, and than the server's clock in microseconds. The first of these orders
the attempts of a job; the second lets a job publish whatever became of its counters, be they reset
by a retry, flushed or restored; the third orders a job and one that was removed before under the
same id. Asking again after a lost reply gives another number, and both are ours.
"""

from __future__ import annotations

from preview_worker.queue.jobs import LeasedJob
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.scripts import OwnScript, ScriptRunner

ADMISSION = OwnScript(
    b"""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if (redis.call('HGET', KEYS[2], 'ats') or '0') ~= ARGV[4] then
  return 0
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local given = tonumber(redis.call('HGET', KEYS[2], 'publication') or 0) or 0
local number = math.max(now, given + 1, tonumber(ARGV[5]) + 1)
redis.call('HSET', KEYS[2], 'publication', string.format('%.0f', number))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SREM', KEYS[3], ARGV[3])
return number
""",
    key_count=3,
)
"""Extends a job's lock if the attempt is ours, and numbers what it is about to publish.

Keys: the lock, the job, the stalled set. Arguments: token, lock in milliseconds, job id,
attempts started, number of the preview that stands there. Answers the number, or 0 when the
attempt is not ours any more. The field ``publication`` of the job, ours and not BullMQ's, keeps it.
"""


async def admit(
    scripts: ScriptRunner, keys: QueueKeys, job: LeasedJob, above: int, lock_ms: int
) -> int | None:
    """Return a number greater than ``above`` for what ``job`` publishes; None if it is not ours."""
    script_keys = (keys.lock(job.id), keys.job(job.id), keys.stalled)
    args = (job.token, lock_ms, job.id, job.attempts_started, above)
    number = await scripts.run(ADMISSION, script_keys, args)
    return number if isinstance(number, int) and number > 0 else None
