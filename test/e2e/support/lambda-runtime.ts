/**
 * A minimal Lambda runtime, run as a process of its own with the path of the handler's file: fetches each invocation from the
 * Runtime API, calls `handler`, and posts the result.
 */
import { pathToFileURL } from 'node:url';

import * as v from 'valibot';

const [, , file = ''] = process.argv;
const api = `http://${process.env['AWS_LAMBDA_RUNTIME_API'] ?? ''}/2018-06-01/runtime`;

type Handler = (event: unknown, context: object) => Promise<unknown>;

const module: unknown = await import(pathToFileURL(file).href);
const { handler } = v.parse(v.object({ handler: v.custom<Handler>((value) => typeof value === 'function') }), module);

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const event: unknown = await next.json();
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const path = `${api}/invocation/${awsRequestId}`;
  try {
    const result = await handler(event, { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() });
    await fetch(`${path}/response`, { method: 'POST', body: JSON.stringify(result) });
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error('not an error');
    await fetch(`${path}/error`, {
      method: 'POST',
      headers: { 'lambda-runtime-function-error-type': name },
      body: JSON.stringify({ errorType: name, errorMessage: message, stackTrace: stack.split('\n') }),
    });
  }
}
