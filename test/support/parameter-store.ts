import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import * as v from 'valibot';

import { listening } from './listening.ts';

/** A request that the Parameter Store has received. */
export interface Call {
  readonly target: string | undefined;
  readonly authorization: string;
  readonly body: unknown;
}

export interface ParameterStore {
  readonly calls: readonly Call[];
  /** Variables that make the AWS SDK use this server, with fake credentials. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves after the first call. */
  readonly isCalled: Promise<void>;
}

const getParameters = v.object({
  Names: v.pipe(v.array(v.string()), v.maxLength(10)),
  WithDecryption: v.optional(v.boolean(), false),
});

/** Replaces the response to a call. */
export type Misbehaviour = (response: ServerResponse) => void;

/**
 * A Parameter Store with AWS's JSON protocol 1.1: like the real one it requires a signature, decrypts secrets only on
 * request, and lists the names of missing parameters.
 */
export async function withParameterStore<T>(
  parameters: Readonly<Record<string, string>>,
  use: (store: ParameterStore) => Promise<T>,
  misbehave?: Misbehaviour,
): Promise<T> {
  const calls: Call[] = [];
  let notify: () => void = () => undefined;
  const isCalled = new Promise<void>((resolve) => {
    notify = resolve;
  });
  const server = createServer((request, response) => {
    void readCall(request).then((call) => {
      calls.push(call);
      notify();
      if (misbehave) misbehave(response);
      else answer(call, parameters, response);
    });
  });
  return listening(server, (port) =>
    use({
      calls,
      isCalled,
      env: {
        AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}`,
        AWS_REGION: 'eu-west-2',
        AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    }),
  );
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  const { authorization = '', 'x-amz-target': target } = request.headers;
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return { target: target?.toString(), authorization, body };
}

function answer(
  { target, authorization, body }: Call,
  parameters: Readonly<Record<string, string>>,
  response: ServerResponse,
): void {
  if (!/^AWS4-HMAC-SHA256 Credential=.+, SignedHeaders=.+, Signature=[\da-f]{64}$/.test(authorization)) {
    refuse('IncompleteSignatureException', 'a signature is missing')(response);
    return;
  }
  if (target !== 'AmazonSSM.GetParameters' || !v.is(getParameters, body)) {
    refuse('ValidationException', 'this is no call of GetParameters')(response);
    return;
  }
  const { Names: names, WithDecryption: isDecrypted } = body;
  const nameOf = (name: string): string => name.replace(/^arn:aws:ssm:.*:parameter/, '');
  const known = names.filter((name) => Object.hasOwn(parameters, nameOf(name)));
  const Parameters = known.map(nameOf).map((name) => ({
    ARN: `arn:aws:ssm:eu-west-2:123456789012:parameter${name}`,
    Name: name,
    Type: 'SecureString',
    Value: isDecrypted ? parameters[name] : 'AQICAHgencrypted',
    Version: 1,
  }));
  const InvalidParameters = names.filter((name) => !known.includes(name));
  send(response, 200, { InvalidParameters, Parameters });
}

/** Responds with an AWS error. */
export function refuse(type: string, message: string): Misbehaviour {
  return (response) => {
    send(response, 400, { __type: type, message });
  };
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(value));
}
