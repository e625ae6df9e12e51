import { once } from 'node:events';
import { createServer } from 'node:http';

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import { messageOf, UsageError } from '../domain/errors.ts';
import type { RunEvent } from '../domain/events.ts';
import type { Receipt } from '../domain/receipt.ts';
import type { Fleet } from './queue.ts';

/** The HTTP server for probes and Prometheus. */
export interface Health {
  /** The port that it listens on. */
  readonly port: number;
  observe(event: RunEvent): void;
  jobEnded(milliseconds: number, receipts: readonly Receipt[]): void;
  /** From now on the worker is not ready. */
  stopping(): void;
  close(): void;
}

/**
 * Serves `/healthz` (the process responds), `/readyz` (the queue can be reached) and `/metrics`, on all interfaces.
 * @param port 0 for any free port
 * @throws {UsageError} if the port cannot be used
 */
export async function startHealth(port: number, fleet: Fleet): Promise<Health> {
  const registry = new Registry();
  const registers = [registry];
  const sites = new Counter({
    name: 'kraken_sites_total',
    help: 'Sites by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const requests = new Counter({
    name: 'kraken_requests_total',
    help: 'Requests to the API by method and status ("none" without a response).',
    labelNames: ['method', 'status'],
    registers,
  });
  const throttled = new Counter({ name: 'kraken_throttled_total', help: 'Responses with status 429.', registers });
  const rate = new Gauge({
    name: 'kraken_rate_limit_requests_per_second',
    help: 'Rate that the adaptive limiter allows; 0 while the API sets no limit.',
    registers,
  });
  const durations = new Histogram({
    name: 'kraken_job_duration_seconds',
    help: 'Duration of jobs.',
    buckets: [1, 5, 10, 30, 60, 120, 300, 600, 1800],
    registers,
  });
  const depth = new Gauge({
    name: 'kraken_queue_jobs',
    help: 'Jobs in the queue by state; absent while the queue cannot be reached.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      if (!fleet.isReachable()) return;
      const counts = await fleet.jobs.getJobCounts('waiting', 'active', 'delayed', 'failed').catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  let isStopping = false;

  async function respond(path: string): Promise<{ readonly status: number; readonly text: string }> {
    if (path === '/healthz') return { status: 200, text: 'ok\n' };
    if (path === '/metrics') return { status: 200, text: await registry.metrics() };
    if (path !== '/readyz') return { status: 404, text: 'not found\n' };
    if (isStopping) return { status: 503, text: 'stopping\n' };
    return fleet.isReachable() ? { status: 200, text: 'ok\n' } : { status: 503, text: 'the queue cannot be reached\n' };
  }

  const server = createServer((request, response) => {
    respond(request.url ?? '').then(
      ({ status, text }) => response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  try {
    server.listen(port);
    await once(server, 'listening');
  } catch (cause) {
    throw new UsageError(`--health-port: cannot listen on port ${port}: ${messageOf(cause)}`, {
      cause,
      hint: 'choose another port',
    });
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    observe(event) {
      if (event.type === 'rate-limit') rate.set(event.perSecond);
      if (event.type !== 'attempt') return;
      requests.inc({ method: event.method, status: String(event.status ?? 'none') });
      if (event.status === 429) throttled.inc();
    },
    jobEnded(milliseconds, receipts) {
      durations.observe(milliseconds / 1000);
      for (const { outcome } of receipts) sites.inc({ outcome });
    },
    stopping() {
      isStopping = true;
    },
    close() {
      server.close();
      server.closeAllConnections();
      depth.reset();
    },
  };
}
