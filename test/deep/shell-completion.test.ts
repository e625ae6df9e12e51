import { join } from 'node:path';

import { expect } from 'chai';
import { describe } from 'mocha';

import { installExecutable } from '../e2e/support/install-executable.ts';
import { runInTerminal } from '../e2e/support/run-in-terminal.ts';
import { runConcurrently, runConcurrentlyIf } from '../e2e/support/run-concurrently.ts';
import { EXECUTABLE, failureOf, hasProgram, inWorkspace, linesOf, type Workspace } from '../e2e/support/workspace.ts';

/** Ids that contain shell syntax. */
const HOSTILE = [
  'norwich pear',
  'norwich-pear-tree',
  'run$(touch ran)',
  'run`touch ran`',
  'run;touch ran',
  'it\'s "quoted"',
  'back\\slash',
  '*',
  '~root',
  '-dash',
  'co:lon',
  'eq=uals',
  'ünï-名前',
];

/** Configuration with an unreachable API and a key reference that fails: completion uses neither. */
const CONFIGURATION = JSON.stringify({
  apiUrl: 'https://nowhere.invalid/v1',
  apiKey: 'file:missing',
  sites: [...HOSTILE, 'bidi\u202eno', 'format\ufeffno'],
});

/** Runs the test in a project with these ids, and with the executable on PATH. */
async function inProject(use: (workspace: Workspace, env: Readonly<Record<string, string>>) => Promise<void>) {
  await inWorkspace(async (workspace) => {
    await workspace.write('.kraken-outagesrc', CONFIGURATION);
    await workspace.write('data.txt', '');
    await use(workspace, {
      PATH: await installExecutable(workspace),
      TERM: 'dumb',
      LC_ALL: 'C.UTF-8',
      SHELL: '/bin/sh',
    });
    expect(await workspace.list(), 'what an id did').not.to.include('ran');
  });
}

/**
 * Types the lines into an interactive shell on a terminal and returns the words of each after completion, as parsed by
 * the shell.
 * @param all the key that inserts all completions
 */
async function typedInto(
  command: readonly string[],
  setup: string,
  lines: readonly string[],
  workspace: Workspace,
  env: Readonly<Record<string, string>>,
): Promise<readonly (readonly string[])[]> {
  // Moves to the beginning of the line and inserts the command that prints the words.
  const typed = lines.map((line) => `${line}\u0001printf '<%s>' \necho\n`);
  const running = runInTerminal(workspace, command, { env, stdin: { open: true } });
  const { stdin } = running.child;
  stdin?.write(`stty cols 1000 -echo; ${setup}; echo re''ady\n`);
  await running.until(() => running.stdout().includes('ready'));
  stdin?.write(`${typed.join('')}exit\n`);
  const { stdout } = await running.ended;
  stdin?.destroy();
  return [...stdout.matchAll(/(?:\r|\n|\u001b\[\?2004l)(<kraken-outages>.*>)/g)].map(([, words = '']) =>
    words.slice(1, -1).split('><').slice(1),
  );
}

describe('e2e: completion in bash', () => {
  const ask = `source <(kraken-outages completion bash)
    compopt() { echo "compopt $*"; }
    words() {
      COMP_WORDS=(kraken-outages "$@") COMP_CWORD=$#
      _kraken_outages
      echo "\${COMPREPLY[*]}"
    }`;

  runConcurrently({
    'completes commands, flags, choices and topics, and leaves files to readline': () =>
      inProject(async ({ shell }, env) => {
        const script = `${ask}
          complete -p kraken-outages
          words ''; words sub; words submit --form; words preview --format c; words submit --format=t
          words submit --format = j; words submit --retry-post ''; words submit --cutoff ''; words submit --output
          words completion ''; words help ex; words help --; words submit --snapshot d; words --v`;
        const { code, stdout, stderr } = await shell(script, { env });
        expect({ code, stderr, lines: linesOf(stdout) }).to.deep.equal({
          code: 0,
          stderr: '',
          lines: [
            'complete -F _kraken_outages kraken-outages',
            'fetch preview submit worker runs sandbox config completion help',
            'submit',
            '--format',
            'csv',
            'text',
            'json',
            'always safe never',
            '',
            '',
            'bash zsh fish powershell',
            'exit-codes',
            '--help',
            'compopt -o default',
            '',
            '--version',
          ],
        });
      }),
  });

  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'completes hostile ids in quotes without running them': () =>
      inProject(async (workspace, env) => {
        const setup = `source <(kraken-outages completion bash); PS1=`;
        const lines = [
          'kraken-outages submit --site \u001b*',
          'kraken-outages submit --site=eq=\t',
          'kraken-outages submit --site co:\t',
          'kraken-outages submit --site "norwich-\t',
          'kraken-outages preview --snap\td\t',
        ];
        const typed = await typedInto(['bash', '--norc', '--noprofile', '-i'], setup, lines, workspace, env);
        expect(typed[0]?.slice(0, 2)).to.deep.equal(['submit', '--site']);
        expect(typed[0]?.slice(2)).to.have.members(HOSTILE);
        expect(typed.slice(1)).to.deep.equal([
          ['submit', '--site=eq=uals'],
          ['submit', '--site', 'co:lon'],
          ['submit', '--site', 'norwich-pear-tree'],
          ['preview', '--snapshot', 'data.txt'],
        ]);
      }),
  });
});

describe('e2e: completion in zsh', () => {
  runConcurrentlyIf(hasProgram('zsh') && hasProgram('script'), 'zsh and script (util-linux)', {
    'completes commands, flags, choices, files and hostile ids in quotes without running them': () =>
      inProject(async (workspace, env) => {
        const setup = [
          'autoload -U compinit',
          'compinit -u -D',
          'source <(kraken-outages completion zsh)',
          'all() { _main_complete; compstate[insert]=all }',
          'zle -C all complete-word all',
          "bindkey '^Xa' all",
          'PS1=',
        ].join('; ');
        const lines = [
          'kraken-outages submit --site \u0018a',
          'kraken-outages subm\t--form\tj\t',
          'kraken-outages submit --site "norwich-\t',
          'kraken-outages preview --snap\td\t',
          'kraken-outages completion \u0018a',
          'kraken-outages help ex\t',
          'kraken-outages \u0018a',
        ];
        const typed = await typedInto(['zsh', '-f', '-i'], setup, lines, workspace, env);
        expect(typed[0]?.slice(0, 2)).to.deep.equal(['submit', '--site']);
        expect(typed[0]?.slice(2)).to.have.members(HOSTILE);
        expect(typed.slice(1)).to.deep.equal([
          ['submit', '--format=json'],
          ['submit', '--site', 'norwich-pear-tree'],
          ['preview', '--snapshot=data.txt'],
          ['completion', 'bash', 'fish', 'powershell', 'zsh'],
          ['help', 'exit-codes'],
          ['completion', 'config', 'fetch', 'help', 'preview', 'runs', 'sandbox', 'submit', 'worker'],
        ]);
      }),
  });
});

describe('e2e: completion in fish', () => {
  runConcurrentlyIf(hasProgram('fish'), 'fish', {
    'completes commands, flags, choices, files and ids without running them': () =>
      inProject(async ({ spawn }, env) => {
        const asked = [
          'submit --site ',
          'subm',
          'submit --form',
          'submit --format ',
          'preview --snapshot da',
          'completion ',
          'help ex',
          'submit --cutoff ',
        ];
        const script = `kraken-outages completion fish | source
          for line in ${asked.map((line) => `'${line}'`).join(' ')}
            complete -C "kraken-outages $line" | string replace -r '\\t.*' ''; echo
          end`;
        const { code, stdout, stderr } = await spawn('fish', ['--no-config', '-c', script], { env }).ended;
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        const [ids, ...others] = stdout.split('\n\n').map((block) => block.trim().split('\n'));
        expect(ids).to.have.members(HOSTILE);
        expect(others).to.deep.equal([
          ['submit'],
          ['--format'],
          ['json', 'text'],
          ['data.txt'],
          ['bash', 'fish', 'powershell', 'zsh'],
          ['exit-codes'],
          [''],
        ]);
      }),
  });
});

describe('e2e: completion --install', () => {
  const PLACES = {
    bash: '.local/share/bash-completion/completions/kraken-outages',
    zsh: '.local/share/zsh/site-functions/_kraken-outages',
    fish: '.config/fish/completions/kraken-outages.fish',
  };

  runConcurrently({
    'writes the script with --yes and leaves an installed one unchanged': () =>
      inWorkspace(async ({ call, path, read }) => {
        for (const [shell, place] of Object.entries(PLACES)) {
          const env = { SHELL: `/usr/bin/${shell}` };
          const { code, stdout, stderr } = await call(['completion', '--install', '--yes'], { env });
          expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
          const [before, after, ...more] = linesOf(stderr);
          expect(before).to.match(
            new RegExp(
              `^note: this will write ${join(path, place)} with the completion script of ${shell} \\(.* kB\\)$`,
            ),
          );
          expect(after).to.equal(`note: wrote ${join(path, place)}`);
          expect(more).to.have.length(1);
          expect(await read(place)).to.equal((await call(['completion', shell])).stdout);
          const again = await call(['completion', shell, '--install']);
          expect(again.stderr.split('\n')[0]).to.equal(`note: ${join(path, place)} is up to date`);
        }
      }),

    'exits 2 without --yes and without a terminal, and writes nothing': () =>
      inWorkspace(async ({ run, path, list }) => {
        const result = await run(['completion', 'bash', '--install']);
        expect({ code: result.code, stdout: result.stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(failureOf(result).error).to.include(`this would write ${join(path, PLACES.bash)}`);
        expect(failureOf(result).hint).to.equal('use --yes to write it');
        expect(await list()).to.deep.equal([]);
      }),

    'uses the XDG variables': () =>
      inWorkspace(async ({ call, path, read }) => {
        const env = { XDG_DATA_HOME: join(path, 'data'), XDG_CONFIG_HOME: 'relative' };
        await call(['completion', 'bash', '--install', '--yes'], { env });
        expect(await read('data/bash-completion/completions/kraken-outages')).to.include('complete -F');
        await call(['completion', 'fish', '--install', '--yes'], { env });
        expect(await read(PLACES.fish)).to.include('complete -c');
      }),

    'exits 2 for a missing or unknown shell and lists the shells': () =>
      inWorkspace(async ({ call }) => {
        const results = await Promise.all([
          call(['completion']),
          call(['completion', '--install'], { env: { SHELL: '/bin/sh' } }),
          call(['completion', 'tcsh']),
        ]);
        expect(results.map(({ code, stdout }) => ({ code, stdout }))).to.deep.equal(
          results.map(() => ({ code: 2, stdout: '' })),
        );
        expect(results.map((result) => failureOf(result).error)).to.deep.equal([
          'no shell was given',
          'no shell was given',
          "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish, powershell.",
        ]);
      }),
  });

  runConcurrentlyIf(hasProgram('script'), 'script (util-linux)', {
    'asks at a terminal and writes only after yes': () =>
      inWorkspace(async (workspace) => {
        const { path, list, read } = workspace;
        for (const answer of ['', 'no', 'y']) {
          const argv = [process.execPath, EXECUTABLE, 'completion', 'bash', '--install'];
          const running = runInTerminal(workspace, argv, { env: { TERM: 'dumb' }, stdin: { open: true } });
          await running.until(() => running.stdout().includes('[y/N] '));
          expect(await list()).to.deep.equal([]);
          running.child.stdin?.write(`${answer}\n`);
          const { code, stdout } = await running.ended;
          running.child.stdin?.destroy();
          expect(code).to.equal(0);
          expect(stdout).to.include(`This will write ${join(path, PLACES.bash)}`);
          expect(stdout).to.include(answer === 'y' ? 'note: wrote' : 'note: nothing was written');
        }
        expect(await read(PLACES.bash)).to.include('complete -F _kraken_outages');
      }),
  });
});
