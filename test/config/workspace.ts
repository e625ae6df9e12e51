import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { expect } from 'chai';

import { loadSettings } from '../../src/config/load.ts';
import type { ConfigFlags, Settings } from '../../src/config/settings.ts';
import { KrakenOutagesError } from '../../src/domain/errors.ts';
import { testEnvironment, type TestOverrides } from '../support/environment.ts';

export interface Workspace {
  /** The home directory; the project is in `project` within it. */
  readonly home: string;
  readonly cwd: string;
  /** Writes files with mode 0600, because they may contain a key; paths are relative to the project. */
  readonly write: (files: Readonly<Record<string, string | Uint8Array>>) => Promise<void>;
  readonly load: (flags?: ConfigFlags, overrides?: TestOverrides, secrets?: boolean) => Promise<Settings>;
  /** Loads settings that must fail, and returns the error. */
  readonly fail: (flags?: ConfigFlags, overrides?: TestOverrides, secrets?: boolean) => Promise<KrakenOutagesError>;
}

/** Runs the test in a temporary directory with an empty `package.json`, where the search for a file ends. */
export function inWorkspace(test: (workspace: Workspace) => Promise<void>): () => Promise<void> {
  return async () => {
    const home = await mkdtemp(join(tmpdir(), 'kraken-outages-config-'));
    try {
      const cwd = join(home, 'project');
      const workspace = createWorkspace(home, cwd);
      await workspace.write({ 'package.json': '{}' });
      await test(workspace);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  };
}

function createWorkspace(home: string, cwd: string): Workspace {
  const load: Workspace['load'] = (flags = {}, overrides = {}, secrets = true) =>
    loadSettings(flags, testEnvironment({ cwd, home, ...overrides }), { secrets, queue: secrets });
  return {
    home,
    cwd,
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(cwd, path)), { recursive: true });
        await writeFile(join(cwd, path), content, { mode: 0o600 });
      }
    },
    load,
    async fail(...args) {
      const outcome = await load(...args).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(KrakenOutagesError);
      if (outcome instanceof KrakenOutagesError) return outcome;
      throw new Error('unreachable');
    },
  };
}

/** Returns all text of the error and its causes. */
export function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof KrakenOutagesError ? (error.hint ?? '') : '';
  return [error.message, hint, error.stack ?? '', shown(error.cause)].join('\n');
}
