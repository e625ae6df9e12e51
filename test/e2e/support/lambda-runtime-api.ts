import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { listening } from '../../support/listening.ts';

/** How an invocation ended: the value that the function returned, or its error. */
export type Ending =
  | { readonly type: 'response'; readonly value: unknown }
  | { readonly type: 'error'; readonly errorType: string | undefined; readonly value: unknown };

export interface LambdaService {
  /** The value of AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Invokes the function. @param remaining milliseconds until the function's timeout */
  readonly invoke: (event: unknown, remaining?: number) => Promise<Ending & { readonly requestId: string }>;
}

interface Invocation {
  readonly requestId: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly end: (ending: Ending) => void;
}

const PREFIX = '/2018-06-01/runtime';

/** Serves Lambda's Runtime API (2018-06-01) for one function, which takes one invocation at a time. */
export async function withLambdaService<T>(use: (service: LambdaService) => Promise<T>): Promise<T> {
  const queue: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let poll: ServerResponse | undefined;

  const deliver = (): void => {
    if (!poll) return;
    const invocation = queue.shift();
    if (!invocation) return;
    running.set(invocation.requestId, invocation);
    poll.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': invocation.deadline,
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-west-2:123456789012:function:kraken-outages',
      'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
    });
    poll.end(JSON.stringify(invocation.event));
    poll = undefined;
  };

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { method, url = '' } = request;
    if (method === 'GET' && url === `${PREFIX}/invocation/next`) {
      poll = response;
      deliver();
      return;
    }
    const [, requestId = '', kind] = new RegExp(`^${PREFIX}/invocation/([^/]+)/(response|error)$`).exec(url) ?? [];
    const invocation = running.get(requestId);
    if (method !== 'POST' || !invocation) {
      response.writeHead(404).end('{"errorMessage":"unknown invocation","errorType":"InvalidRequestID"}');
      return;
    }
    running.delete(requestId);
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
    const value: unknown = JSON.parse(body);
    const errorType = request.headers['lambda-runtime-function-error-type']?.toString();
    invocation.end(kind === 'response' ? { type: 'response', value } : { type: 'error', errorType, value });
  };

  const server = createServer((request, response) => void receive(request, response));
  return listening(server, (port) =>
    use({
      address: `127.0.0.1:${port}`,
      async invoke(event, remaining = 30_000) {
        const requestId = randomUUID();
        const ending = await new Promise<Ending>((end) => {
          queue.push({ requestId, event, deadline: Date.now() + remaining, end });
          deliver();
        });
        return { ...ending, requestId };
      },
    }),
  );
}
