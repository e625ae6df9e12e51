import type { Command, Help } from 'commander';

import { examplesOf, sectionsOf, summaryOf } from './render-command.ts';
import { type HelpEntry, spellFacts, wrap } from './layout.ts';
import { FILES, type Topic, TOPICS } from './topics.ts';

const SOURCE_WIDTH = 70;

/** Renders the man page with the macros of man(7). @param date as YYYY-MM-DD */
export function renderMan(program: Command, version: string, date: string): string {
  const help = program.createHelp();
  const blocks = [
    `.TH KRAKEN\\-OUTAGES 1 ${date} ${quoted(`kraken-outages ${version}`)} "User Commands"`,
    // No hyphenation and no justification: names of flags must stay whole.
    '.nr HY 0',
    '.ad l',
    '.SH NAME',
    `kraken\\-outages \\- ${escape(
      summaryOf(program)
        .replace(/^./, (first) => first.toLowerCase())
        .replace(/\.$/, ''),
    )}`,
    '.SH SYNOPSIS',
    `.B kraken\\-outages\n${escape(program.usage())}`,
    '.SH COMMANDS',
    ...leavesOf(program).flatMap((command) => describeCommand(command, help)),
    ...TOPICS.flatMap(describeTopic),
    '.SH FILES',
    ...FILES.map(defineTerm),
    '.SH EXAMPLES',
    literal(examplesOf(program)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n')}\n`;
}

/** Returns the commands that can be invoked. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => (child.commands.length === 0 ? [child] : leavesOf(child)));
}

function describeCommand(command: Command, help: Help): readonly string[] {
  return [
    `.SS ${quoted(help.commandUsage(command))}`,
    fill(summaryOf(command)),
    showExamples(examplesOf(command)),
    ...sectionsOf(command, help).flatMap(({ heading, list }) => ['.PP', bold(heading), ...list.map(defineTerm)]),
  ];
}

function describeTopic({ manHeading, summary, sections, examples }: Topic): readonly string[] {
  return [
    `.SH ${quoted(manHeading)}`,
    fill(summary),
    ...sections.flatMap(({ heading, paragraphs = [], list = [] }) => [
      ...(heading === undefined ? [] : ['.PP', bold(heading)]),
      ...paragraphs.map((text) => `.PP\n${fill(text)}`),
      ...list.map(defineTerm),
    ]),
    showExamples(examples.map((line) => `kraken-outages ${line}`)),
  ];
}

function defineTerm({ term, text, facts = [] }: HelpEntry): string {
  return `.TP\n${bold(term.trim())}\n${fill([text, ...spellFacts(facts)].join(' '))}`;
}

function showExamples(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `.PP\n${literal(lines)}`;
}

function literal(lines: readonly string[]): string {
  return `.EX\n${lines.map(escape).join('\n')}\n.EE`;
}

/** Wraps running text for the linters of man pages; the formatter wraps it anew. */
function fill(text: string): string {
  return wrap(text, SOURCE_WIDTH).map(escape).join('\n');
}

function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

function quoted(text: string): string {
  return `"${escape(text)}"`;
}

const SPELLINGS: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Escapes text for roff so that text copied from the page is unchanged. */
function escape(text: string): string {
  return (
    text
      .replace(/[\\'"`^~-]/g, (character) => SPELLINGS[character] ?? character)
      .replace(
        /[^ -~]/gu,
        (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
      )
      // Allows a line break in a list of choices.
      .replaceAll('|', '|\\:')
      .replace(/^\./, '\\&.')
  );
}
