import { spawnSync } from 'node:child_process';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { renderScript } from '../../../src/cli/completion/render-script.ts';
import { hasProgram } from '../../e2e/support/workspace.ts';

const script = await renderScript('powershell');

/** Completes a command line in PowerShell. @returns the texts that it offers */
function complete(line: string): readonly string[] {
  const command = `${script}
(TabExpansion2 -inputScript '${line}' -cursorColumn ${line.length}).CompletionMatches | ForEach-Object CompletionText`;
  const { stdout, stderr } = spawnSync('pwsh', ['-NoProfile', '-Command', '-'], { input: command, encoding: 'utf8' });
  expect(stderr).to.equal('');
  return stdout.trim().split(/\r?\n/);
}

describe('the completion script for PowerShell', () => {
  it('has no two keys that differ only in case, which PowerShell rejects', () => {
    const tables = [...script.matchAll(/@\{ (.*) \}/g)].map(([, table = '']) =>
      [...table.matchAll(/(?:^|; )'([^']+)' = /g)].map(([, key = '']) => key.toLowerCase()),
    );
    expect(tables.flat()).to.include.members(['submit', '--site', 'powershell']);
    for (const keys of tables) expect(keys).to.deep.equal([...new Set(keys)]);
  });

  it('has balanced quotes and braces', () => {
    const bare = script
      .replace(/^#.*$/gm, '')
      .replace(/"[^"]*"/g, '')
      .replace(/'(?:[^']|'')*'/g, '');
    expect(bare).not.to.match(/['"]/);
    for (const [open, close] of ['{}', '()', '[]'].map((pair) => pair.split(''))) {
      expect(bare.split(open ?? '').length).to.equal(bare.split(close ?? '').length);
    }
  });

  it(`completes commands, flags and values${hasProgram('pwsh') ? '' : ' (skipped: requires pwsh)'}`, function () {
    if (!hasProgram('pwsh')) this.skip();
    expect(complete('kraken-outages sub')).to.deep.equal(['submit']);
    expect(complete('kraken-outages submit --sit')).to.deep.equal(['--site', '--sites-file']);
    expect(complete('kraken-outages submit --retry-post ')).to.deep.equal(['always', 'safe', 'never']);
  });
});
