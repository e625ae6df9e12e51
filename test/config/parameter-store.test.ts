import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { openConfiguration, resolveSettings } from '../../src/config/load.ts';
import { getParameterValues } from '../../src/config/parameter-store.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Environment } from '../../src/platform/environment.ts';
import { testEnvironment } from '../support/environment.ts';
import { listening } from '../support/listening.ts';
import { type Misbehaviour, refuse, withParameterStore } from '../support/parameter-store.ts';
import { rejectionOf, errorFields } from '../support/thrown.ts';
import { inWorkspace } from './workspace.ts';

const URL = 'https://api.example.com/v1';
const KEY = 'k-0123456789';
const BOTH = 'KRAKEN_API_URL and KRAKEN_API_KEY';

type Variables = Readonly<Record<string, string | undefined>>;

/** Sets `AWS_*` variables for this process, which is where the AWS SDK reads them, and clears all others. */
async function withAwsVariables<T>(variables: Variables, work: () => Promise<T>): Promise<T> {
  const { env } = process;
  const aws = Object.fromEntries(Object.keys(env).flatMap((name) => (name.startsWith('AWS_') ? [[name, '']] : [])));
  const own = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_MAX_ATTEMPTS: '1' };
  // As in the bundle.
  const silent = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  try {
    process.env = { ...env, ...aws, ...own, ...silent, ...variables };
    return await work();
  } finally {
    process.env = env;
  }
}

interface Case {
  /** References to the URL and the key. */
  readonly url?: string;
  readonly key?: string;
  readonly variables?: Variables;
  readonly misbehave?: Misbehaviour;
  readonly signal?: AbortSignal;
  readonly fetch?: Environment['fetch'];
  readonly home?: undefined;
}

/** Variables that remove the credentials of the test store. */
const NO_CREDENTIALS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

/** Loads URL and key from a Parameter Store that contains `/kraken/url`, `/kraken/key` and `/kraken/reference`. */
function load({
  url = 'ssm:/kraken/url',
  key = 'ssm:/kraken/key',
  variables = {},
  misbehave,
  signal,
  fetch = globalThis.fetch,
  ...home
}: Case): Promise<Settings> {
  const parameters = { '/kraken/url': URL, '/kraken/key': KEY, '/kraken/reference': 'env:SECRET' };
  const environment = testEnvironment({
    env: { KRAKEN_API_URL: url, KRAKEN_API_KEY: key },
    fetch,
    ...home,
  });
  return withParameterStore(
    parameters,
    (store) =>
      withAwsVariables({ ...store.env, ...variables }, async () =>
        resolveSettings(await openConfiguration({}, environment, { secrets: true }), signal),
      ),
    misbehave,
  );
}

describe('config: Parameter Store', () => {
  it('returns values and their sources', async () => {
    const { apiUrl, apiKey } = await load({});
    expect(apiUrl.value).to.equal(URL);
    expect(apiKey).to.deep.equal({
      value: KEY,
      source: { kind: 'ssm', label: 'KRAKEN_API_KEY -> ssm:/kraken/key' },
    });
  });

  it('accepts the ARN of a parameter', async () => {
    const key = 'ssm:arn:aws:ssm:eu-west-2:123456789012:parameter/kraken/key';
    expect((await load({ key })).apiKey.value).to.equal(KEY);
  });

  it(
    'uses the credentials of the profile in the reference',
    inWorkspace(async ({ cwd, write }) => {
      await write({ aws: '[profile work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n' });
      const variables = { ...NO_CREDENTIALS, AWS_CONFIG_FILE: `${cwd}/aws` };
      const { apiUrl, apiKey } = await load({ url: URL, key: 'ssm:/kraken/key?profile=work', variables });
      expect([apiUrl.value, apiKey.value]).to.deep.equal([URL, KEY]);
    }),
  );

  it('sends one request through the fetch of the environment and aborts it with the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const requests: Request[] = [];
    const outcome = load({
      signal: stop.signal,
      fetch: (input, init) => {
        const request = new Request(input, init);
        requests.push(request);
        return globalThis.fetch(request);
      },
      misbehave: () => {
        stop.abort(reason);
      },
    });
    expect(await rejectionOf(outcome)).to.equal(reason);
    expect(requests.map(({ method, signal }) => [method, signal.aborted])).to.deep.equal([['POST', true]]);
  });

  it('sends no request after the abort', async () => {
    const reason = new Error('enough');
    const asked = getParameterValues(['/a'], {}, 'here', testEnvironment(), AbortSignal.abort(reason));
    expect(await rejectionOf(asked)).to.equal(reason);
  });

  it('stops on the signal while it resolves credentials', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const neverAnswering = createServer(() => {
      stop.abort(reason);
    });
    await listening(neverAnswering, async (port) => {
      const variables = { ...NO_CREDENTIALS, AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}` };
      expect(await rejectionOf(load({ variables, signal: stop.signal }))).to.equal(reason);
    });
  });

  it(
    'runs the credential_process of a named profile and of the default one',
    inWorkspace(async ({ cwd, write }) => {
      const credentials = { Version: 1, AccessKeyId: 'id', SecretAccessKey: 'secret' };
      const lines = `region = eu-west-2\ncredential_process = echo '${JSON.stringify(credentials)}'\n`;
      await write({ aws: `[default]\n${lines}\n[profile work]\n${lines}` });
      for (const profile of ['work', '']) {
        const variables = { ...NO_CREDENTIALS, AWS_CONFIG_FILE: `${cwd}/aws`, AWS_PROFILE: profile };
        expect((await load({ variables })).apiKey.value).to.equal(KEY);
      }
    }),
  );

  it(
    'names the default profile whose credential_process fails',
    inWorkspace(async ({ cwd, write }) => {
      await write({ aws: '[default]\nregion = eu-west-2\ncredential_process = false\n' });
      const variables = { ...NO_CREDENTIALS, AWS_CONFIG_FILE: `${cwd}/aws` };
      expect(await rejectionOf(load({ variables })))
        .to.have.property('message')
        .that.equals(`${BOTH}: the credential_process of the AWS profile "default" failed`);
    }),
  );

  it('reads no AWS files below an unknown home directory if their variables are unset', async () => {
    const variables = { ...NO_CREDENTIALS, AWS_CONFIG_FILE: undefined, AWS_SHARED_CREDENTIALS_FILE: undefined };
    expect(await rejectionOf(load({ variables, home: undefined })))
      .to.have.property('message')
      .that.equals(`${BOTH}: no AWS credentials found`);
  });

  it(
    'names the profile whose credential_process fails, with its error as the cause',
    inWorkspace(async ({ cwd, write }) => {
      await write({ aws: '[profile work]\nregion = eu-west-2\ncredential_process = false\n' });
      const variables = { ...NO_CREDENTIALS, AWS_CONFIG_FILE: `${cwd}/aws`, AWS_PROFILE: 'work' };
      const error = await rejectionOf(load({ variables }));
      expect(errorFields(error)).to.deep.equal({
        type: 'ConfigurationError',
        message: `${BOTH}: the credential_process of the AWS profile "work" failed`,
        hint: 'run the command in ~/.aws/config yourself; --verbose shows its error',
      });
      expect(error)
        .to.have.nested.property('cause.message')
        .that.matches(/Command failed: false/);
    }),
  );

  it(
    'reads no AWS files of a relative home, which may be a cloned repository',
    inWorkspace(async ({ cwd, write }) => {
      await write({ '.aws/config': '[default]\ncredential_process = touch marker\n' });
      const variables = { ...NO_CREDENTIALS, HOME: '.', AWS_CONFIG_FILE: '', AWS_SHARED_CREDENTIALS_FILE: '' };
      const before = process.cwd();
      try {
        process.chdir(cwd);
        expect(await rejectionOf(load({ variables, home: undefined }))).to.have.property(
          'message',
          `${BOTH}: no AWS credentials found`,
        );
      } finally {
        process.chdir(before);
      }
      expect(await readdir(cwd)).not.to.include('marker');
    }),
  );

  const failures: Readonly<Record<string, Case & { readonly message: string; readonly hint: string }>> = {
    'a missing parameter': {
      key: 'ssm:/kraken/keys?region=eu-west-1',
      message: 'KRAKEN_API_KEY: Parameter Store has no /kraken/keys in eu-west-1',
      hint: 'check the name; for another region or account, write ssm:/name?region=eu-west-1&profile=work',
    },
    'a reference to another reference': {
      key: 'ssm:/kraken/reference',
      message: 'KRAKEN_API_KEY -> ssm:/kraken/reference: references cannot be chained',
      hint: 'use the final reference instead',
    },
    'a missing region': {
      variables: { AWS_REGION: '' },
      message: `${BOTH}: no AWS region is configured`,
      hint: 'set AWS_REGION, or add it to the reference: ssm:/name?region=eu-west-1',
    },
    'an unknown profile': {
      variables: { AWS_PROFILE: 'wrok' },
      message: `${BOTH}: AWS_PROFILE: there is no AWS profile "wrok"`,
      hint: 'check its spelling; "aws configure list-profiles" lists the profiles',
    },
    'missing credentials': {
      variables: NO_CREDENTIALS,
      message: `${BOTH}: no AWS credentials found`,
      hint: 'log in, for example with "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    },
    'access denied': {
      misbehave: refuse('AccessDeniedException', 'not authorized'),
      message: `${BOTH}: AWS denies access to Parameter Store`,
      hint: 'grant ssm:GetParameters and, for a customer managed key, kms:Decrypt; --verbose shows the response',
    },
    'rejected credentials': {
      misbehave: refuse('UnrecognizedClientException', 'the token is invalid'),
      message: `${BOTH}: AWS rejected the credentials`,
      hint: 'log in again, for example with "aws sso login", and check the clock of this machine',
    },
    'too many requests': {
      misbehave: refuse('ThrottlingException', 'Rate exceeded'),
      message: `${BOTH}: too many requests to Parameter Store`,
      hint: 'try again in a minute',
    },
    'an unexpected error response': {
      // Only the error type counts, not the words in the message.
      misbehave: refuse(
        'InvalidKeyId',
        'no CredentialsProviderError: x, Error: Region is missing, AccessDenied, ExpiredToken, Throttling, TypeError: fetch failed',
      ),
      message: `${BOTH}: Parameter Store did not return the value`,
      hint: 'run again with --verbose to see the response',
    },
    'a refused connection': {
      variables: { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:9' },
      message: `${BOTH}: cannot reach Parameter Store`,
      hint: 'check the network, the proxy, the region, and AWS_ENDPOINT_URL_SSM if it is set',
    },
  };
  for (const [what, { message, hint, ...wanted }] of Object.entries(failures)) {
    it(`fails for ${what}`, async () => {
      expect(errorFields(await rejectionOf(load(wanted)))).to.deep.equal({ type: 'ConfigurationError', message, hint });
    });
  }
});
