import { spawnSync } from 'node:child_process';

import { expect } from 'chai';
import { describe, it } from 'mocha';

import { SELECTORS, SETTINGS } from '../../../src/config/settings.ts';
import { EXIT_CODES } from '../../../src/domain/exit-code.ts';
import { renderMan } from '../../../src/cli/help/man.ts';
import { createProgram, loadCommands } from '../../../src/cli/command-tree.ts';
import { hasProgram } from '../../e2e/support/workspace.ts';

const COMMANDS = await loadCommands();
const PAGE = renderMan(createProgram(COMMANDS), '1.2.3', '2026-01-02');

/** Returns the output of a formatter or linter for the page. Fails if it writes to stderr. */
function formatted(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { input: PAGE, encoding: 'utf8' });
  expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
  return stdout;
}

describe('the manual page', () => {
  it('is ASCII, with every command, flag and exit code', () => {
    expect(PAGE).to.match(/^[\n -~]+$/);
    const text = PAGE.replaceAll('\\-', '-').replaceAll('\\:', '');
    for (const command of createProgram(COMMANDS).commands) {
      expect(text).to.include(`.SS "kraken-outages ${command.name()} `);
      for (const { flags, hidden } of command.options) {
        expect(text.includes(`\\fB${flags}\\fR`), flags).to.equal(!hidden);
      }
    }
    for (const { code } of Object.values(EXIT_CODES)) expect(text).to.include(`\n\\fB${code}\\fR\n`);
  });

  it('has the sections of man-pages(7), in that order', () => {
    const headings = [...PAGE.matchAll(/^\.SH "?([A-Z ]+)"?$/gm)].map(([, heading]) => heading);
    expect(headings).to.deep.equal([
      ...['NAME', 'SYNOPSIS', 'COMMANDS', 'EXIT STATUS', 'CONFIGURATION', 'ENVIRONMENT', 'FAULTS', 'FILES', 'EXAMPLES'],
    ]);
    const environment = PAGE.slice(PAGE.indexOf('.SH "ENVIRONMENT"'), PAGE.indexOf('.SH "FAULTS"'));
    for (const { variable } of [...Object.values(SETTINGS), ...Object.values(SELECTORS)]) {
      expect(environment).to.include(`\n\\fB${variable}\\fR\n`);
    }
  });

  it('escapes roff requests and escape sequences in texts', () => {
    const program = createProgram(COMMANDS);
    program.command('odd').description(".TH is\n'no' \\fIrequest\\fR here\n\nExamples:\n  kraken-outages 'a\\b' ~ ^ `");
    const page = renderMan(program, '1.2.3', '2026-01-02');
    expect(page).to.include('\n\\&.TH is\n');
    expect(page).to.include('\nkraken\\-outages \\(aqa\\eb\\(aq \\(ti \\(ha \\(ga\n');
  });

  it(`is accepted by groff without a warning${hasProgram('groff') ? '' : ' (skipped: requires groff)'}`, function () {
    if (!hasProgram('groff')) this.skip();
    expect(formatted('groff', '-Tutf8', '-man', '-ww', '-')).to.match(
      /kraken-outages - report the outages of battery sites/,
    );
  });

  it(`is accepted by mandoc without a warning${hasProgram('mandoc') ? '' : ' (skipped: requires mandoc)'}`, function () {
    if (!hasProgram('mandoc')) this.skip();
    expect(formatted('mandoc', '-Tlint')).to.equal('');
  });
});
