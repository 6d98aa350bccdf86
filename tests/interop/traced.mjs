// A producer with telemetry on, as a service would have it: it adds one job while it answers a
// request, and sends its spans to a collector.
// Usage: node traced.mjs <bullmq-5|bullmq-6> <redis url> <collector> <queue> <data as JSON>
import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { BullMQOtel } from 'bullmq-otel';

const [, , library, url, collector, queueName, data] = process.argv;
const { Queue } = await import(library);

const exporter = new OTLPTraceExporter({ url: `${collector}/v1/traces` });
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'studio' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
provider.register();

const { hostname, port } = new URL(url);
const queue = new Queue(queueName, {
  connection: { host: hostname, port: Number(port) },
  telemetry: new BullMQOtel({ tracerName: 'studio' }),
});
const request = trace.getTracer('studio').startSpan('POST /previews');
const job = await context.with(trace.setSpan(context.active(), request), () =>
  queue.add('render-preview', JSON.parse(data), { jobId: JSON.parse(data).jobId, attempts: 5 }),
);
request.end();
await queue.close();
await provider.shutdown();
console.log(JSON.stringify({ id: job.id, traceId: request.spanContext().traceId }));
