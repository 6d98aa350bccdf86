// A BullMQ client that is told what to do: one JSON command per line on stdin, one JSON reply per
// line on stdout. Usage: node driver.mjs <bullmq-5|bullmq-6> <redis url>
// The first command is "use" with the name of a queue; it may be given again for another queue.
import { createInterface } from 'node:readline';
import Redis from 'ioredis';
import { listed } from './board.mjs';
import { clientOf } from './client.mjs';

const [, , library, url] = process.argv;
const { Queue, Worker, QueueEvents, FlowProducer, UnrecoverableError, getNextMillis } =
  await import(library);

let open = [];
const connect = () => {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  return client;
};
const redis = connect();
const keep = (client) => {
  client.on('error', () => {});
  open.push(client);
  return client;
};
let queueName = null;
let queue = null;
let seen = [];
let worked = [];

const closeAll = async () => {
  const closing = Promise.allSettled(open.map((client) => client.close()));
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 1000))]);
  open = [];
};

const told = (job) =>
  job && {
    id: job.id,
    name: job.name,
    data: job.data,
    opts: job.opts,
    progress: job.progress,
    attemptsMade: job.attemptsMade,
    attemptsStarted: job.attemptsStarted,
    failedReason: job.failedReason,
    stacktrace: job.stacktrace,
    returnvalue: job.returnvalue,
    priority: job.priority,
    delay: job.delay,
    timestamp: job.timestamp,
    processedOn: job.processedOn,
    finishedOn: job.finishedOn,
    processedBy: job.processedBy,
  };

const processors = {
  echo: async (job) => ({ echoed: job.data }),
  nap: async (job) => {
    await new Promise((resolve) => setTimeout(resolve, job.data.ms));
  },
  fail: async () => {
    throw new Error('it broke');
  },
  refuse: async () => {
    throw new UnrecoverableError('it cannot work');
  },
};

const drain = async ({ count, concurrency }) => {
  // The events emitter of each finished job is the cheapest sign that a worker gives.
  const runner = new Worker(queueName, async () => {}, {
    connection: connect(),
    concurrency,
    autorun: false,
  });
  await runner.waitUntilReady();
  let done = 0;
  const finished = new Promise((resolve) => {
    runner.on('completed', () => {
      done += 1;
      if (done === count) resolve();
    });
  });
  const begin = process.hrtime.bigint();
  runner.run();
  await finished;
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  await runner.close();
  return { seconds };
};

const commands = {
  use: async (given) => {
    await closeAll();
    [queueName, seen, worked] = [given.queue, [], []];
    queue = keep(new Queue(queueName, { connection: connect() }));
    return {};
  },
  add: async ({ name, data, opts }) => ({ id: (await queue.add(name, data, opts)).id }),
  addMany: async ({ count, name, data, opts }) => {
    for (let first = 0; first < count; first += 1000) {
      const size = Math.min(1000, count - first);
      await queue.addBulk(Array.from({ length: size }, () => ({ name, data, opts })));
    }
    return { count };
  },
  addFlow: async ({ flow }) => {
    const producer = keep(new FlowProducer({ connection: connect() }));
    const node = await producer.add(flow);
    return { id: node.job.id, children: (node.children ?? []).map((child) => child.job.id) };
  },
  job: async ({ id }) => {
    // The state comes first: what is read after it is at least as new.
    const state = (await (await queue.getJob(id))?.getState()) ?? null;
    return { job: told(await queue.getJob(id)), state };
  },
  logs: async ({ id }) => queue.getJobLogs(id),
  childrenValues: async ({ id }) => (await queue.getJob(id)).getChildrenValues(),
  counts: async () => queue.getJobCounts(),
  metrics: async ({ target }) => queue.getMetrics(target),
  exported: async () => queue.exportPrometheusMetrics(),
  workers: async () => (await queue.getWorkers()).map((client) => client.rawname),
  pause: async () => queue.pause(),
  resume: async () => queue.resume(),
  isPaused: async () => queue.isPaused(),
  limits: async () => ({
    concurrency: await queue.getGlobalConcurrency(),
    // BullMQ 5 sets this limit, but has no way to tell it.
    rate: await redis.hmget(`bull:${queueName}:meta`, 'max', 'duration'),
  }),
  retryJobs: async () => queue.retryJobs(),
  promoteJobs: async () => queue.promoteJobs(),
  retry: async ({ id }) => (await queue.getJob(id)).retry(),
  cancel: async ({ id, reason }) => {
    const requests = `bull:${queueName}:cancel:requests`;
    await redis.xadd(requests, 'MAXLEN', '~', 1000, '*', 'jobId', id, 'reason', reason);
    return {};
  },
  concurrency: async ({ limit }) => queue.setGlobalConcurrency(limit),
  schedule: async ({ id, repeat, name, data, opts }) =>
    (await queue.upsertJobScheduler(id, repeat, { name, data, opts })).id,
  unschedule: async ({ id }) => queue.removeJobScheduler(id),
  scheduler: async ({ id }) => queue.getJobScheduler(id),
  nextMillis: async ({ millis, repeats }) =>
    repeats.map((repeat) => getNextMillis(millis, repeat)),
  jobs: async ({ states }) => (await queue.getJobs(states)).map(told),
  promote: async ({ id }) => (await queue.getJob(id)).promote(),
  board: async ({ status }) => listed(queue, status),
  rateLimit: async ({ max, duration }) => queue.setGlobalRateLimit(max, duration),
  listen: async () => {
    const events = keep(new QueueEvents(queueName, { connection: connect() }));
    for (const name of ['active', 'progress', 'completed', 'failed', 'delayed', 'stalled']) {
      events.on(name, (told) => seen.push({ event: name, ...told }));
    }
    await events.waitUntilReady();
    return {};
  },
  heard: async () => seen,
  work: async ({ processor, concurrency, name = queueName, options = {} }) => {
    const connection = connect();
    const worker = keep(
      new Worker(name, processors[processor], { connection, concurrency, ...options }),
    );
    worker.on('completed', (job) => worked.push({ id: job.id, result: 'completed' }));
    worker.on('failed', (job) => worked.push({ id: job.id, result: 'failed' }));
    await worker.waitUntilReady();
    return {};
  },
  worked: async () => worked,
  abandon: async ({ options }) => {
    const idle = () => new Promise(() => {});
    const worker = keep(new Worker(queueName, idle, { connection: connect(), ...options }));
    await new Promise((resolve) => worker.once('active', resolve));
    open = open.filter((client) => client !== worker);
    await worker.close(true);
  },
  rest: async () => {
    const workers = open.filter((client) => client instanceof Worker);
    open = open.filter((client) => !workers.includes(client));
    await Promise.all(workers.map((worker) => worker.close()));
    worked = [];
  },
  drain,
  client: async ({ name, most, given = [] }) => {
    try {
      return { told: await clientOf(queue, most)[name](...given) };
    } catch (error) {
      return { thrown: error.message };
    }
  },
  obliterate: async () => queue.obliterate({ force: true }),
};

const answer = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...given } = JSON.parse(line);
  try {
    answer({ ok: (await commands[command](given)) ?? null });
  } catch (error) {
    answer({ error: `${error.message}` });
  }
}
await closeAll();
process.exit(0);
