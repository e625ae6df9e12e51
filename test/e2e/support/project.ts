import { SANDBOX_DEFAULTS } from '../../../src/sandbox/defaults.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { installExecutable } from './install-executable.ts';
import { inWorkspace, type Workspace } from './workspace.ts';

/**
 * Runs the test in a workspace where documented commands work verbatim: `kraken-outages` on PATH, the URL and key of a
 * sandbox in the environment, a project file with the profile `staging`, and `sites.txt`.
 */
export async function inProject(
  use: (workspace: Workspace, env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const options = { ...SANDBOX_DEFAULTS, port: 0, cutoff: '2022-01-01T00:00:00Z', cutoffInclusive: false };
  const api = await startSandbox(options);
  try {
    await inWorkspace(async (workspace) => {
      await workspace.write('sites.txt', api.sites.join('\n'));
      await workspace.write(
        '.kraken-outagesrc',
        JSON.stringify({ sites: [api.sites[0]], profiles: { staging: { timeout: '5s' } } }),
      );
      await use(workspace, {
        PATH: await installExecutable(workspace),
        SHELL: '/bin/bash',
        KRAKEN_API_URL: api.url,
        KRAKEN_API_KEY: api.apiKey,
      });
    });
  } finally {
    await api.close();
  }
}
