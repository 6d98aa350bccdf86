// What Bull Board would list of a queue: its own API handler behind an adapter for no web server.
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';

const boardOf = (queue) => {
  const told = {};
  const keep = (name) => (value) => {
    told[name] = value;
    return adapter;
  };
  const adapter = {
    setQueues: keep('queues'),
    setApiRoutes: keep('routes'),
    setViewsPath: keep('views'),
    setStaticPath: keep('files'),
    setUIConfig: keep('config'),
    setEntryRoute: keep('entry'),
    setErrorHandler: keep('errors'),
  };
  createBullBoard({
    queues: [new BullMQAdapter(queue)],
    serverAdapter: adapter,
    options: { uiBasePath: '.' },
  });
  return told;
};

export const listed = async (queue, status) => {
  const { queues, routes } = boardOf(queue);
  const { handler } = routes.find(({ route }) => route === '/api/queues');
  const query = { activeQueue: queue.name, status, page: '1', jobsPerPage: '10' };
  const { body } = await handler({ queues, query, params: {}, headers: {} });
  if (!body.queues) throw new Error(JSON.stringify(body)); // it says what it refused
  return body.queues.find(({ name }) => name === queue.name);
};
