// What the Node services do with the queue: the functions of their preview worker client, by name
// and by behaviour. Messages, options and shapes are theirs.
const complaints = (data) => {
  const found = [];
  for (const name of ['jobId', 'projectId', 'requestId']) {
    if (!data[name] || typeof data[name] !== 'string') found.push(`${name} (string) required`);
  }
  if (data.dryRun === undefined) found.push('dryRun (boolean) required');
  else if (typeof data.dryRun !== 'boolean') found.push('dryRun must be boolean');
  const request = data.previewRequest;
  if (!request || typeof request !== 'object') {
    found.push('previewRequest (object) required');
    return found;
  }
  for (const name of ['steps', 'assets']) {
    if (!Array.isArray(request[name])) found.push(`previewRequest.${name} (array) required`);
  }
  if (typeof request.audio !== 'object' || Array.isArray(request.audio)) {
    found.push('previewRequest.audio (object) required');
  }
  return found;
};

export const clientOf = (queue, most = 20) => ({
  enqueuePreviewJob: async (data) => {
    const found = complaints(data);
    if (found.length) throw new Error(`Invalid job payload: ${found.join(', ')}`);
    if ((await queue.count()) >= most) throw new Error(`Queue is full (max ${most} jobs).`);
    await queue.add('render-preview', data, {
      jobId: data.jobId,
      priority: data.priority === 'high' ? 1 : 2,
      attempts: 5,
      backoff: { type: 'exponential', delay: 1000 },
      removeOnComplete: { age: 3600, count: 100 },
      removeOnFail: { age: 86400, count: 100 },
    });
    return { jobId: data.jobId, status: 'queued' };
  },
  getJobStatus: async (jobId) => {
    const job = await queue.getJob(jobId);
    if (!job) throw new Error(`Job ${jobId} not found`);
    return {
      jobId,
      status: await job.getState(),
      progress: job.progress,
      attemptsMade: job.attemptsMade,
      createdAt: job.timestamp,
      processedOn: job.processedOn,
      finishedOn: job.finishedOn,
      failedReason: job.failedReason,
    };
  },
  getJobArtifactUrl: (jobId) => `/api/preview/${jobId}/artifact`,
  getQueueMetrics: async () => {
    const [waiting, active, completed, failed, delayed] = await Promise.all([
      queue.getWaitingCount(),
      queue.getActiveCount(),
      queue.getCompletedCount(),
      queue.getFailedCount(),
      queue.getDelayedCount(),
    ]);
    const total = waiting + active + completed + failed + delayed;
    return { waiting, active, completed, failed, delayed, total };
  },
});
