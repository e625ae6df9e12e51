import { expect } from 'chai';
import { describe } from 'mocha';

import { type Api, bare, hang, healthy, json, outages, type Reply, site, withApi } from './support/scripted-api.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { failureOf, inWorkspace } from './support/workspace.ts';

/** Replies once the promise has settled. */
function after(settled: Promise<unknown>, reply: Reply): Reply {
  return (response, request) => {
    void settled.then(() => {
      reply(response, request);
    });
  };
}

const paths = ({ requests }: Api): readonly string[] => requests.map(({ path }) => path);

describe('e2e: the outages and the site infos', () => {
  runConcurrently({
    'are requested at once if there are few sites': async () => {
      let ask = (): void => undefined;
      const isAsked = new Promise<void>((resolve) => (ask = resolve));
      const all: Reply = (response, request) => {
        ask();
        json(outages('alpha', 'beta'))(response, request);
      };
      const script = {
        'GET /outages': [all],
        'GET /site-info/alpha': [after(isAsked, json(site('alpha')))],
        'GET /site-info/beta': [after(isAsked, json(site('beta')))],
      } as const;
      for (const command of ['preview', 'fetch']) {
        await withApi(script, (api) =>
          inWorkspace(async ({ call }) => {
            const { code, stdout } = await call([command, 'alpha', 'beta'], { env: api.env });
            expect(code).to.equal(0);
            expect(stdout).to.include('beta-2');
            expect(paths(api)).to.have.members(['/site-info/alpha', '/site-info/beta', '/outages']);
          }),
        );
      }
    },

    'are requested one after another with --concurrency 1': () =>
      withApi(healthy('alpha'), (api) =>
        inWorkspace(async ({ call }) => {
          expect((await call(['preview', 'alpha', '--concurrency', '1'], { env: api.env })).code).to.equal(0);
          expect(paths(api)).to.deep.equal(['/site-info/alpha', '/outages']);
        }),
      ),

    'wait for each other with large bodies, which are read once': async () => {
      const records = Array.from({ length: 60_000 }, (_, index) => ({ ...outages('alpha')[0], id: `other-${index}` }));
      let sent = (): void => undefined;
      const isSent = new Promise<void>((resolve) => (sent = resolve));
      const large: Reply = (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        // Full buffers on both sides: the client does not read on.
        if (!response.write(JSON.stringify([...records, ...outages('alpha')]))) response.once('drain', () => undefined);
        response.end();
        setImmediate(sent);
      };
      const script = { 'GET /outages': [large], 'GET /site-info/alpha': [after(isSent, json(site('alpha')))] } as const;
      await withApi(script, (api) =>
        inWorkspace(async ({ call }) => {
          const result = await call(['preview', 'alpha'], { env: api.env });
          expect(JSON.parse(result.stdout)).to.have.length(2);
          expect(api.to('GET /outages')).to.have.length(1);
        }),
      );
    },

    'end at once if no site info can be loaded': () =>
      withApi({ 'GET /outages': [hang] }, (api) =>
        inWorkspace(async ({ call }) => {
          const result = await call(['preview', 'alpha'], { env: api.env });
          expect(result.code).to.equal(7);
          expect(failureOf(result).error).to.match(/^alpha: GET \S+\/site-info\/alpha: the API answered 404/);
        }),
      ),

    'fail alone: a failing request does not repeat the other': () =>
      withApi(
        {
          ...healthy('alpha'),
          'GET /outages': [bare(503), json(outages('alpha'))],
          'GET /site-info/alpha': [bare(503), bare(503), json(site('alpha'))],
        },
        (api) =>
          inWorkspace(async ({ call }) => {
            const { code } = await call(['preview', 'alpha'], { env: api.env });
            expect(code).to.equal(0);
            expect([api.to('GET /outages').length, api.to('GET /site-info/alpha').length]).to.deep.equal([2, 3]);
          }),
      ),
  });
});
