import { spawnSync } from 'node:child_process';

import { expect } from 'chai';
import { Argument, Command, Option } from 'commander';
import { describe, it } from 'mocha';

import { renderBash } from '../../../src/cli/completion/bash.ts';
import { renderFish } from '../../../src/cli/completion/fish.ts';
import { toNodes } from '../../../src/cli/completion/nodes.ts';
import { renderZsh } from '../../../src/cli/completion/zsh.ts';
import { hasProgram } from '../../e2e/support/workspace.ts';

/** Creates commands with subcommands, and texts with shell syntax. */
function createTree(): Command {
  const program = new Command('kraken-outages').helpCommand(false);
  const group = program.command('group').description("It's a [group]: `echo ran`\n\nExamples:").helpCommand(false);
  group
    .command('show')
    .description('Show "$(echo ran)".')
    .addOption(new Option('-f, --format <name>', "it's [one]: `echo ran`; more of it").choices(['text', 'json']))
    .addOption(new Option('--from <file>', 'a file'))
    .addOption(new Option('--at <time>', 'a time'))
    .addOption(new Option('--secret', 'hidden').hideHelp());
  group
    .command('take-back')
    .description('Take back.')
    .addArgument(new Argument('[what]').choices(['this', 'that']));
  return program;
}

const NODES = toNodes(createTree());

describe('the tree for completion', () => {
  it('has each command with its flags, choices and kinds of values', () => {
    const help = { names: ['-h', '--help'], description: 'display help for command' };
    expect(NODES).to.deep.equal([
      {
        path: [],
        commands: [{ name: 'group', summary: "It's a [group]: `echo ran`" }],
        flags: [help],
        words: [],
      },
      {
        path: ['group'],
        commands: [
          { name: 'show', summary: 'Show "$(echo ran)".' },
          { name: 'take-back', summary: 'Take back.' },
        ],
        flags: [help],
        words: [],
      },
      {
        path: ['group', 'show'],
        commands: [],
        flags: [
          { names: ['-f', '--format'], description: "it's [one]: `echo ran`", value: ['text', 'json'] },
          { names: ['--from'], description: 'a file', value: 'file' },
          { names: ['--at'], description: 'a time', value: 'text' },
          help,
        ],
        words: [],
      },
      { path: ['group', 'take-back'], commands: [], flags: [help], words: ['this', 'that'] },
    ]);
  });
});

const LINES = ['gr', 'group ', 'group sh', 'group show --fr', 'group show -f ', 'group take-back th'] as const;
const COMPLETED = [['group'], ['show', 'take-back'], ['show'], ['--from'], ['json', 'text'], ['that', 'this']];

/** Returns the completions of each line, one block per line. */
function offers(command: string, args: readonly string[], script: string): readonly (readonly string[])[] {
  const { status, stdout, stderr } = spawnSync(command, [...args, script], { encoding: 'utf8' });
  expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
  return stdout
    .split('end\n')
    .slice(0, -1)
    .map((block) => block.trim().split(/\s+/).sort());
}

describe('subcommands with hostile texts', () => {
  it('are completed by bash', () => {
    const asked = LINES.map((line) => {
      const words = line.split(' ').map((word) => `'${word}'`);
      return `COMP_WORDS=(kraken-outages ${words.join(' ')}) COMP_CWORD=${words.length}
        _kraken_outages; echo "\${COMPREPLY[*]}"; echo end`;
    });
    expect(offers('bash', ['--norc', '-c'], `${renderBash(NODES)}\n${asked.join('\n')}`)).to.deep.equal(COMPLETED);
  });

  const skipped = (name: string): string => (hasProgram(name) ? '' : ` (not run: there is no ${name} here)`);

  it(`are completed by fish${skipped('fish')}`, function () {
    if (!hasProgram('fish')) this.skip();
    const asked = LINES.map((line) => `complete -C 'kraken-outages ${line}' | string replace -r '\\t.*' ''; echo end`);
    expect(offers('fish', ['--no-config', '-c'], `${renderFish(NODES)}\n${asked.join('\n')}`)).to.deep.equal(COMPLETED);
  });

  it(`are described by zsh${skipped('zsh')}`, function () {
    if (!hasProgram('zsh')) this.skip();
    // Checks the arguments of zsh's functions, because completion itself needs a terminal.
    const script = `compdef() { : }; ${renderZsh(NODES)}
      _arguments() { print -rl -- "$@"; state=command line=() }
      _describe() { print -rl -- $commands }
      _kraken_outages; echo end; _kraken_outages_group; echo end; _kraken_outages_group_show; echo end`;
    const { status, stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
    expect(stdout).to.include("\ngroup:It's a [group]: `echo ran`\nend\n");
    expect(stdout).to.include('\nshow:Show "$(echo ran)".\ntake-back:Take back.\nend\n');
    expect(stdout).to.include("\n(-f --format)-f[it's \\[one\\]\\: `echo ran`]: :(text json)\n");
    expect(stdout).not.to.match(/^ran$/m);
  });
});
