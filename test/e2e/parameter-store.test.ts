import { expect } from 'chai';
import { describe } from 'mocha';

import { healthy, payload, withApi } from './support/scripted-api.ts';
import { type Misbehaviour, withParameterStore } from '../support/parameter-store.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { failureOf, fieldsOf, inWorkspace, KEY } from './support/workspace.ts';

const POST = 'POST /site-outages/alpha';
const SUBMIT = ['submit', '--site', 'alpha'];
const REFERENCES = { KRAKEN_API_URL: 'ssm:/kraken/url', KRAKEN_API_KEY: 'ssm:/kraken/key' };

const HANG: Misbehaviour = () => undefined;

describe('e2e: references to Parameter Store', () => {
  runConcurrently({
    'resolve the API URL and key with one call': () =>
      withApi(healthy('alpha'), (api) =>
        withParameterStore({ '/kraken/url': api.url, '/kraken/key': KEY }, (store) =>
          inWorkspace(async ({ run, write }) => {
            await write('.kraken-outagesrc', 'profiles:\n  live:\n    apiKey: ssm:/kraken/key\n');
            const env = { ...store.env, KRAKEN_API_URL: 'ssm:/kraken/url' };
            const { code, stderr } = await run([...SUBMIT, '--profile', 'live', '--config', '.kraken-outagesrc'], {
              env,
            });
            expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
            const [post] = api.to(POST);
            expect([post?.headers['x-api-key'], post?.body]).to.deep.equal([KEY, payload('alpha')]);
            expect(store.calls.map(({ target, body }) => ({ target, body }))).to.deep.equal([
              {
                target: 'AmazonSSM.GetParameters',
                body: { Names: ['/kraken/url', '/kraken/key'], WithDecryption: true },
              },
            ]);
            expect(store.calls[0]?.authorization).to.match(
              /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-west-2\/ssm\/aws4_request, /,
            );
          }),
        ),
      ),

    'select the AWS region and profile, with one call for each pair': () =>
      withApi(healthy('alpha'), (api) =>
        withParameterStore({ '/kraken/url': api.url, '/kraken/key': KEY }, (store) =>
          inWorkspace(async ({ path, run, write }) => {
            await write('config', '[profile work]\nregion = us-east-1\n');
            await write('credentials', '[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = example\n');
            const { code, stderr } = await run(SUBMIT, {
              env: {
                ...store.env,
                AWS_CONFIG_FILE: `${path}/config`,
                AWS_SHARED_CREDENTIALS_FILE: `${path}/credentials`,
                KRAKEN_API_URL: 'ssm:/kraken/url?region=eu-west-1',
                KRAKEN_API_KEY: 'ssm:/kraken/key?region=eu-west-1&profile=work',
              },
            });
            expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
            const scopes = store.calls.map(({ authorization, body }) => [
              /Credential=(\w+)\/\d{8}\/([\w-]+)\//.exec(authorization)?.slice(1),
              fieldsOf(body)['Names'],
            ]);
            expect(scopes).to.deep.equal([
              [['AKIAEXAMPLE', 'eu-west-1'], ['/kraken/url']],
              [['AKIAWORK', 'eu-west-1'], ['/kraken/key']],
            ]);
          }),
        ),
      ),

    'fail with exit 3 and a hint if there are no AWS credentials': () =>
      withParameterStore({}, (store) =>
        inWorkspace(async ({ run }) => {
          const env = { ...store.env, ...REFERENCES, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
          const result = await run(SUBMIT, { env });
          expect({ code: result.code, ...failureOf(result) }).to.deep.equal({
            code: 3,
            error: 'KRAKEN_API_URL and KRAKEN_API_KEY: no AWS credentials found',
            hint: 'log in, for example with "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
          });
        }),
      ),

    'fail at the deadline if there is no response': () =>
      withParameterStore(
        {},
        (store) =>
          inWorkspace(async ({ run }) => {
            const result = await run([...SUBMIT, '--deadline', '500ms'], { env: { ...store.env, ...REFERENCES } });
            expect(result.code).to.equal(5);
            expect(failureOf(result).error).to.equal('the run exceeded its deadline of 0.5 s');
          }),
        HANG,
      ),

    'do not hide the other settings in config show if they fail': () =>
      withParameterStore({}, (store) =>
        inWorkspace(async ({ run }) => {
          const env = { ...store.env, KRAKEN_API_URL: 'ssm:/kraken/url', KRAKEN_API_KEY: KEY };
          const { code, stdout } = await run(['config', 'show'], { env });
          expect(code).to.equal(3);
          expect(stdout).to.match(
            /^apiUrl +unusable +KRAKEN_API_URL: Parameter Store has no \/kraken\/url in eu-west-2$/m,
          );
          expect(stdout).to.match(/^apiKey +present +KRAKEN_API_KEY$/m);
        }),
      ),

    'fail at the deadline in config show and config check': () =>
      withParameterStore(
        {},
        (store) =>
          inWorkspace(async ({ run }) => {
            const env = { ...store.env, ...REFERENCES };
            const [show, check] = await Promise.all(
              ['show', 'check'].map((name) => run(['config', name, '--deadline', '3s'], { env })),
            );
            expect([show?.code, check?.code]).to.deep.equal([5, 5]);
            expect(show?.stdout).to.match(/^apiKey +unusable +the run exceeded its deadline of 3 s$/m);
            expect(show?.stdout).to.match(/^deadline +3s +--deadline$/m);
            expect(check?.stdout).to.match(/^✗ failed +API URL +the run exceeded its deadline/m);
          }),
        HANG,
      ),

    'do not wait for a credential_process after the deadline': () =>
      inWorkspace(async ({ path, read, run, write }) => {
        await write(
          'aws',
          `[default]\nregion = eu-west-2\ncredential_process = sh -c 'echo $$ >pid; exec sleep 100'\n`,
        );
        const env = { ...REFERENCES, AWS_CONFIG_FILE: `${path}/aws`, AWS_EC2_METADATA_DISABLED: 'true' };
        const { code } = await run(['preview', '--site', 'alpha', '--deadline', '1s'], { env });
        expect(code).to.equal(5);
        // kill() throws if the process no longer exists.
        expect(process.kill(Number(await read('pid')), 'SIGKILL')).to.equal(true);
      }),

    'stop config show on Ctrl-C without output': () =>
      withParameterStore(
        {},
        (store) =>
          inWorkspace(async ({ start }) => {
            const running = start(['config', 'show'], { env: { ...store.env, ...REFERENCES } });
            await running.reaching(store.isCalled);
            running.kill('SIGINT');
            expect(await running.ended).to.deep.equal({ code: 130, stdout: '', stderr: 'error: interrupted\n' });
          }),
        HANG,
      ),

    'stop on Ctrl-C if there is no response': () =>
      withParameterStore(
        {},
        (store) =>
          inWorkspace(async ({ start }) => {
            const running = start(SUBMIT, { env: { ...store.env, ...REFERENCES } });
            await running.reaching(store.isCalled);
            running.kill('SIGINT');
            const { code, stderr } = await running.ended;
            expect({ code, stderr }).to.deep.equal({ code: 130, stderr: 'error: interrupted\n' });
          }),
        HANG,
      ),
  });
});
