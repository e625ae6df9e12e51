import { expect } from 'chai';
import { before, describe, it } from 'mocha';

import { withParameterStore } from '../support/parameter-store.ts';
import {
  buildLambda,
  type LambdaPackage,
  SCHEDULE,
  sqsEvent,
  valueOf,
  withFunction,
} from './support/lambda-function.ts';
import { bare, hang, healthy, json, payload, reset, type Script, withApi } from './support/scripted-api.ts';
import { fieldsOf, inWorkspace, jsonLinesOf, KEY } from './support/workspace.ts';

const ONCE = { KRAKEN_RETRIES: '0' };

/** Fields of the lines of the function's log. */
function linesOf(log: string): readonly Readonly<Record<string, unknown>>[] {
  return jsonLinesOf(log).map(fieldsOf);
}

/** Site and outcome of each receipt in a response. */
function outcomesIn(value: unknown): unknown {
  const { receipts } = fieldsOf(value);
  return Array.isArray(receipts)
    ? Object.fromEntries(receipts.map(fieldsOf).map(({ site, outcome }) => [site, outcome]))
    : undefined;
}

describe('e2e: the Lambda function', () => {
  let lambda: LambdaPackage;

  before(async () => {
    lambda = await buildLambda();
  });

  it('is one file of less than 1 MB zipped, the same in each build', async () => {
    expect(Object.keys(lambda.files)).to.deep.equal(['index.mjs']);
    expect(lambda.archive.length).to.be.below(1_000_000);
    expect(Buffer.compare((await buildLambda()).archive, lambda.archive)).to.equal(0);
  });

  it('submits the sites of the event, and returns and logs their receipts', () =>
    withApi(healthy('alpha', 'beta'), (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, api.env, async ({ invoke, log }) => {
          const ending = await invoke({ sites: ['alpha', 'nowhere'] });
          const value = fieldsOf(valueOf(ending));
          expect([value['exitCode'], value['outcomes']]).to.deep.equal([8, { accepted: 1, 'not-sent': 1 }]);
          expect(outcomesIn(value)).to.deep.equal({ alpha: 'accepted', nowhere: 'not-sent' });
          const [post] = api.to('POST /site-outages/alpha');
          expect([post?.headers['x-api-key'], post?.body]).to.deep.equal([KEY, payload('alpha')]);
          const lines = linesOf(log());
          expect(lines.map(({ level, site, outcome }) => [level, site, outcome])).to.have.deep.members([
            ['info', 'alpha', 'accepted'],
            ['error', 'nowhere', 'not-sent'],
          ]);
          expect(lines.map(({ requestId }) => requestId)).to.deep.equal([ending.requestId, ending.requestId]);
          for (const { time, timestamp } of lines)
            expect(timestamp)
              .to.equal(time)
              .and.to.match(/^\d{4}-.*Z$/);
          expect(log()).not.to.include(KEY);
        }),
      ),
    ));

  it('submits the sites of the configuration on a schedule, and fails if one is not accepted', () =>
    withApi({ ...healthy('alpha', 'beta'), 'POST /site-outages/beta': [bare(400), json({})] }, (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, { ...api.env, KRAKEN_SITE: 'alpha,beta' }, async ({ invoke }) => {
          const failed = await invoke(SCHEDULE);
          expect([failed.type, fieldsOf(failed.value)['errorType']]).to.deep.equal(['error', 'SitesNotAcceptedError']);
          expect(fieldsOf(failed.value)['errorMessage']).to.equal('1 of 2 sites not accepted: beta (refused)');
          const { exitCode } = fieldsOf(valueOf(await invoke({ ...SCHEDULE, source: 'aws.scheduler' })));
          expect(exitCode).to.equal(0);
        }),
      ),
    ));

  const MIXED: Script = {
    ...healthy('alpha', 'beta', 'gamma'),
    'POST /site-outages/beta': [reset],
    'POST /site-outages/gamma': [bare(400)],
  };

  it('reports the messages of an SQS batch that were not accepted, among them unknown outcomes', () =>
    withApi(MIXED, (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, { ...api.env, ...ONCE }, async ({ invoke, log }) => {
          const bodies = ['alpha', '{"site":"beta"}', ' gamma\n', '{"site":"alpha"}', 'nowhere', '{"id":"alpha"}', '{'];
          expect(valueOf(await invoke(sqsEvent(...bodies)))).to.deep.equal({
            batchItemFailures: ['m1', 'm2', 'm4', 'm5', 'm6'].map((itemIdentifier) => ({ itemIdentifier })),
          });
          expect(api.to('POST /site-outages/alpha')).to.have.length(1);
          const errors = linesOf(log()).filter(({ level }) => level === 'error');
          expect(errors.map(({ outcome, message }) => outcome ?? message)).to.have.members([
            'the SQS message m5 is not a site',
            'the SQS message m6 is not a site',
            'unknown',
            'refused',
            'not-sent',
          ]);
          expect(valueOf(await invoke(sqsEvent('alpha')))).to.deep.equal({ batchItemFailures: [] });
        }),
      ),
    ));

  it('reports an unknown outcome in the result', () =>
    withApi(MIXED, (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, { ...api.env, ...ONCE }, async ({ invoke }) => {
          const value = valueOf(await invoke({ sites: ['beta'] }));
          expect([fieldsOf(value)['exitCode'], outcomesIn(value)]).to.deep.equal([9, { beta: 'unknown' }]);
        }),
      ),
    ));

  it('ends before its timeout, and says what was sent', () =>
    withApi({ ...healthy('alpha', 'beta'), 'POST /site-outages/beta': [hang] }, (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, api.env, async ({ invoke }) => {
          const value = valueOf(await invoke({ sites: ['alpha', 'beta'] }, 6000));
          expect(outcomesIn(value)).to.deep.equal({ alpha: 'accepted', beta: 'unknown' });
        }),
      ),
    ));

  it('obeys a configured deadline that is shorter than its timeout', () =>
    withApi({ ...healthy('alpha'), 'GET /outages': [hang] }, (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, { ...api.env, KRAKEN_DEADLINE: '1s' }, async ({ invoke }) => {
          const value = valueOf(await invoke({ sites: ['alpha'] }, 900_000));
          expect(JSON.stringify(value)).to.include('the run exceeded its deadline of 1 s');
        }),
      ),
    ));

  it('reads references once, and again after the API rejects the key', async () => {
    const parameters: Record<string, string> = { '/kraken/key': 'an-old-key-1234' };
    let current = 'an-old-key-1234';
    const guarded = (script: Script): Script =>
      Object.fromEntries(
        Object.entries(script).map(([endpoint, [reply]]) => [
          endpoint,
          [
            (response, request) => {
              if (request.headers['x-api-key'] === current) reply(response, request);
              else json({ message: 'Forbidden' }, 403)(response, request);
            },
          ],
        ]),
      );
    await withApi(guarded(healthy('alpha', 'beta')), (api) =>
      withParameterStore(parameters, (store) =>
        inWorkspace((workspace) => {
          const env = { ...api.env, ...store.env, KRAKEN_API_KEY: 'ssm:/kraken/key' };
          return withFunction(lambda, workspace, env, async ({ invoke, log }) => {
            const event = sqsEvent('alpha', 'beta');
            expect(valueOf(await invoke(event))).to.deep.equal({ batchItemFailures: [] });
            expect(valueOf(await invoke(event))).to.deep.equal({ batchItemFailures: [] });
            expect(store.calls).to.have.length(1);

            // The key is rotated.
            parameters['/kraken/key'] = current = 'a-new-key-56789';
            expect(valueOf(await invoke(event))).to.deep.equal({ batchItemFailures: [] });
            expect(store.calls).to.have.length(2);

            // The parameter has not been changed yet.
            current = 'another-key-9999';
            const both = { batchItemFailures: [{ itemIdentifier: 'm0' }, { itemIdentifier: 'm1' }] };
            expect(valueOf(await invoke(event))).to.deep.equal(both);
            expect(store.calls).to.have.length(3);
            parameters['/kraken/key'] = current;
            expect(valueOf(await invoke(event))).to.deep.equal({ batchItemFailures: [] });
            expect(store.calls).to.have.length(4);
            for (const key of ['an-old-key', 'a-new-key', 'another-key']) expect(log()).not.to.include(key);
          });
        }),
      ),
    );
  });

  it('fails if its settings cannot be used, and works once they can', async () => {
    const parameters: Record<string, string> = {};
    await withApi(healthy('alpha'), (api) =>
      withParameterStore(parameters, (store) =>
        inWorkspace((workspace) => {
          const env = { ...api.env, ...store.env, KRAKEN_API_KEY: 'ssm:/kraken/key' };
          return withFunction(lambda, workspace, env, async ({ invoke, log }) => {
            const failed = await invoke(sqsEvent('alpha'));
            expect([failed.type, fieldsOf(failed.value)['errorType']]).to.deep.equal(['error', 'ConfigurationError']);
            const message = 'KRAKEN_API_KEY: Parameter Store has no /kraken/key in eu-west-2';
            expect(fieldsOf(failed.value)['errorMessage']).to.equal(message);
            expect(linesOf(log()).map((line) => [line['level'], line['message'], line['code']])).to.deep.equal([
              ['error', message, 3],
            ]);
            parameters['/kraken/key'] = KEY;
            expect(valueOf(await invoke(sqsEvent('alpha')))).to.deep.equal({ batchItemFailures: [] });
          });
        }),
      ),
    );
  });

  it('rejects an event without sites', () =>
    withApi(healthy('alpha'), (api) =>
      inWorkspace((workspace) =>
        withFunction(lambda, workspace, api.env, async ({ invoke }) => {
          for (const event of [
            null,
            {},
            { sites: [] },
            { sites: 'alpha' },
            { Records: [{ eventSource: 'aws:sns' }] },
          ]) {
            const failed = await invoke(event);
            expect(fieldsOf(failed.value)['errorMessage'], JSON.stringify(event)).to.equal('the event has no sites');
          }
          const invalid = await invoke({ sites: ['alpha', ' '] });
          expect(fieldsOf(invalid.value)['errorMessage']).to.equal('event: a site id is empty');
          expect(api.requests).to.deep.equal([]);
        }),
      ),
    ));
});
