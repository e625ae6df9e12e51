import { expect } from 'chai';
import { describe, it } from 'mocha';

import { SETTINGS, type Settings, type ValueSource } from '../../src/config/settings.ts';
import { renderTemplate } from '../../src/config/template.ts';
import { inWorkspace } from './workspace.ts';

function settingsOf(settings: Settings): readonly { readonly name: string; readonly source: ValueSource }[] {
  return Object.entries<{ readonly source: ValueSource }>({ ...settings }).map(([name, { source }]) => ({
    name,
    source,
  }));
}

describe('config: the template of config init', () => {
  it(
    'sets nothing without values, and everything if it is uncommented',
    inWorkspace(async ({ load, write }) => {
      const template = renderTemplate(new Map());
      await write({ empty: template, full: template.replace(/^#(?! \S)/gm, ''), '.kraken-outages-key': 'k-1' });
      for (const { source } of settingsOf(await load({ config: 'empty' }))) expect(source.label).to.equal('default');
      const full = settingsOf(await load({ config: 'full' }));
      expect(full.map(({ name }) => name)).to.have.members(Object.keys(SETTINGS));
      for (const { name, source } of full) expect(source.label, name).to.match(/^full:\d+ \(/);
    }),
  );

  const hostile = [
    'two words',
    '#1',
    'a #b',
    'a: b',
    '-',
    '- a',
    '[a]',
    '{a}',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    "'a",
    '"a"',
    'null',
    '~',
    'NULL',
    'true',
    '0123',
    '1e3',
    '2022-01-01',
    'a,b',
    'a:',
    '?',
    '|',
    '>',
    'é',
    'a\u2028b',
    '\u202ea',
    'C:\\sites',
    '---',
    '...',
  ];
  it('quotes only text that YAML could read as another type', () => {
    const template = renderTemplate(new Map([['sites', ['nullable', 'annul.null', 'a-1', '/x', 'null', 'a b']]]));
    expect(template).to.include('sites:\n  - nullable\n  - annul.null\n  - a-1\n  - /x\n  - "null"\n  - "a b"\n');
  });

  it(
    'preserves any text',
    inWorkspace(async ({ load, write }) => {
      await write({ file: renderTemplate(new Map([['sites', hostile]])) });
      expect((await load({ config: 'file' })).sites.value).to.deep.equal(hostile);
    }),
  );
});
