import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as v from 'valibot';

import { createProgram, loadCommands } from '../src/cli/command-tree.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { EXIT_CODES } from '../src/domain/exit-code.ts';
import { blocksOf, type Document, DOCUMENTS, readDocument } from './support/documents.ts';

const commands = await loadCommands();
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Tables in documents that are generated from the source. Comments with their name mark where they begin and end. */
const TABLES: readonly { readonly path: string; readonly name: string; readonly lines: readonly string[] }[] = [
  {
    path: 'docs/configuration.md',
    name: 'settings',
    lines: [
      '| key | variable | flag | default | meaning |',
      '|---|---|---|---|---|',
      ...Object.entries<{
        readonly variable?: string;
        readonly flags: readonly string[];
        readonly fallback?: string;
        readonly description: string;
      }>(SETTINGS).map(([key, { variable, flags, fallback, description }]) => {
        const cells = [key, variable, flags.map((flag) => flag.replace(/ .*/, '')).join('`, `'), fallback];
        return `| ${cells.map((cell) => (cell === undefined ? '' : `\`${cell}\``)).join(' | ')} | ${description} |`;
      }),
    ],
  },
  {
    path: 'docs/exit-codes.md',
    name: 'exit-codes',
    lines: [
      '| code | meaning |',
      '|---|---|',
      ...Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
    ],
  },
];

const LINKED: readonly Document[] = [
  ...DOCUMENTS,
  ...['SECURITY.md', 'CHANGELOG.md', 'CONTRIBUTING.md'].map(readDocument),
];

/** Returns the link and image targets that are files of the repository. */
function linksIn({ text }: Document): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source ?? '',
  );
  // GitHub resolves paths that leave the repository, such as ../../security, against its own pages.
  return targets.filter((target) => !target.startsWith('https:') && !target.startsWith('../../'));
}

/** Returns the anchors that GitHub creates for the headings of the document. */
function anchorsOf({ text }: Document): readonly string[] {
  return [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('documents', () => {
  for (const { path, name, lines } of TABLES) {
    it(`${path} has the table of ${name} that the source generates`, () => {
      const [, found] = new RegExp(`<!-- ${name} -->\n([^]*?)<!-- /${name} -->`).exec(readDocument(path).text) ?? [];
      expect(found?.trim()).to.equal(lines.join('\n'));
    });
  }

  it('README.md lists every command and links every page of docs/', () => {
    const { text } = readDocument('README.md');
    const names = createProgram(commands).commands.flatMap((command) =>
      command.commands.length === 0
        ? [command.name()]
        : command.commands.map((inner) => `${command.name()} ${inner.name()}`),
    );
    for (const name of names) expect(text).to.include(`\n| \`${name}\` |`);
    for (const { path } of DOCUMENTS.slice(1)) expect(text).to.include(`](${path})`);
  });

  it('README.md has at most 130 lines', () => {
    expect(readDocument('README.md').text.trimEnd().split('\n')).to.have.length.at.most(130);
  });

  it('name only npm scripts that exist', () => {
    const manifest: unknown = JSON.parse(readDocument('package.json').text);
    const { scripts } = v.parse(v.object({ scripts: v.record(v.string(), v.string()) }), manifest);
    const named = LINKED.flatMap(({ text }) => [...text.matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name));
    expect(Object.keys(scripts)).to.include.members(named);
  });

  for (const document of LINKED) {
    it(`${document.path} has no broken link`, () => {
      for (const link of linksIn(document)) {
        const [target = '', anchor] = link.split('#');
        const path = target === '' ? document.path : join(dirname(document.path), target);
        expect(existsSync(join(ROOT, path)), `${link}: the file exists`).to.equal(true);
        if (anchor !== undefined) expect(anchorsOf(readDocument(path)), link).to.include(anchor);
      }
    });
  }

  for (const document of DOCUMENTS) {
    it(`${document.path} names the language of every code block`, () => {
      expect(blocksOf(document)).to.have.length(document.text.split(/^```/m).length >> 1);
    });
  }
});
