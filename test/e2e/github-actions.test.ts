import { expect } from 'chai';
import { describe } from 'mocha';

import { healthy, json } from './support/scripted-api.ts';
import { runConcurrently } from './support/run-concurrently.ts';
import { withWorkspaceAndApi } from './support/with-workspace-and-api.ts';
import { KEY } from './support/workspace.ts';

const SUBMIT = ['submit', '--site', 'alpha', '--site', 'beta'];

describe('e2e: in GitHub Actions', () => {
  runConcurrently({
    'shows failures as annotations, and all sites in the summary of the step': () =>
      withWorkspaceAndApi(
        { ...healthy('alpha', 'beta'), 'POST /site-outages/beta': [json({ message: 'a%b' }, 400)] },
        async ({ run, read, write, list, path }, { url }) => {
          await write('summary.md', 'before\n');
          const env = {
            KRAKEN_API_URL: url,
            KRAKEN_API_KEY: KEY,
            GITHUB_ACTIONS: 'true',
            GITHUB_STEP_SUMMARY: `${path}/summary.md`,
          };
          const { code, stderr } = await run(SUBMIT, { env });
          expect(code).to.equal(8);
          expect(stderr).to.match(/^::error::beta: POST \S+: the API answered 400: "a%25b"%0Ahint: /m);
          expect(stderr).not.to.match(/^error: /m);
          const summary = await read('summary.md');
          expect(summary).to.match(/^before\n### Outages submitted to /);
          expect(summary).to.include('| beta | ✗ refused | 400 Bad Request | 2 outages | ');
          expect(summary).to.include('| alpha | ✓ accepted | 200 OK | 2 outages |  |\n');
          expect(await list()).to.deep.equal(['summary.md']);
        },
      ),

    'reports a summary that cannot be written, and submits all the same': () =>
      withWorkspaceAndApi(healthy('alpha', 'beta'), async ({ run, path }, { url }) => {
        const GITHUB_STEP_SUMMARY = `${path}/missing/summary.md`;
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY };
        const { code, stderr } = await run(SUBMIT, { env });
        expect(code).to.equal(0);
        expect(stderr).to.include('note: the summary of the step cannot be written: ');
      }),

    'keeps JSON logs as they are': () =>
      withWorkspaceAndApi({ ...healthy('alpha'), 'GET /outages': [json({}, 404)] }, async ({ run }, { url }) => {
        const env = { KRAKEN_API_URL: url, KRAKEN_API_KEY: KEY, GITHUB_ACTIONS: 'true' };
        const { stderr } = await run(['preview', '--site', 'alpha', '--log-format', 'json'], { env });
        expect(stderr)
          .to.match(/"level":"error"/)
          .and.not.to.include('::error');
      }),
  });
});
