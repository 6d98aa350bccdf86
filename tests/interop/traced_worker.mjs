// A Node worker with telemetry on: it does one job, and sends its spans to a collector.
// Usage: node traced_worker.mjs <bullmq-5|bullmq-6> <redis url> <collector> <queue>
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { BullMQOtel } from 'bullmq-otel';

const [, , library, url, collector, queueName] = process.argv;
const { Worker } = await import(library);

const exporter = new OTLPTraceExporter({ url: `${collector}/v1/traces` });
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'stagehand' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
provider.register();

const { hostname, port } = new URL(url);
const worker = new Worker(queueName, async () => 'done', {
  connection: { host: hostname, port: Number(port) },
  telemetry: new BullMQOtel({ tracerName: 'stagehand' }),
});
await new Promise((resolve) => worker.once('completed', resolve));
await worker.close();
await provider.shutdown();
