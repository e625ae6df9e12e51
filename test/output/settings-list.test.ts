import { expect } from 'chai';
import { describe, it } from 'mocha';

import { SETTINGS_FORMATS, type ShownSetting } from '../../src/output/settings-list.ts';

const SETTINGS: readonly ShownSetting[] = [
  {
    name: 'apiUrl',
    value: 'https://api.example.com/interview-tests-mock-api/v1',
    source: { kind: 'file', label: '.kraken-outagesrc:6 (apiUrl)' },
  },
  { name: 'apiKey', isPresent: true, source: { kind: 'env', label: 'KRAKEN_API_KEY -> env:A\u001b' } },
  { name: 'sites', value: ['a\u202e', 'b'], source: { kind: 'flag', label: '--site' } },
  { name: 'cutoff', problem: 'KRAKEN_CUTOFF: expected a time' },
  { name: 'profile', value: undefined, source: { kind: 'default', label: 'default' } },
];
const lines = (columns: number, settings = SETTINGS, color = false): readonly string[] =>
  SETTINGS_FORMATS.text(settings, { columns, color }).split('\n');

describe('settings list', () => {
  it('is a table of any width without a terminal', () => {
    expect(lines(0)).to.deep.equal([
      'KEY      VALUE                                                FROM',
      'apiUrl   https://api.example.com/interview-tests-mock-api/v1  .kraken-outagesrc:6 (apiUrl)',
      'apiKey   present                                              KRAKEN_API_KEY -> env:A\\u001b',
      'sites    a\\u202e, b                                           --site',
      'cutoff   unusable                                             KRAKEN_CUTOFF: expected a time',
      'profile  none                                                 default',
      '',
    ]);
  });

  it('puts the source of a long value on the next line at a terminal', () => {
    expect(lines(80)).to.deep.equal([
      'KEY      VALUE       FROM',
      'apiUrl   https://api.example.com/interview-tests-mock-api/v1',
      '                     .kraken-outagesrc:6 (apiUrl)',
      'apiKey   present     KRAKEN_API_KEY -> env:A\\u001b',
      'sites    a\\u202e, b  --site',
      'cutoff   unusable    KRAKEN_CUTOFF: expected a time',
      'profile  none        default',
      '',
    ]);
  });

  it('puts every source on its own line at a narrow terminal, and no line is too wide', () => {
    expect(lines(50).slice(0, 4)).to.deep.equal([
      'KEY      VALUE',
      '         FROM',
      'apiUrl   https://api.example.com/interview-tests-…',
      '         .kraken-outagesrc:6 (apiUrl)',
    ]);
    for (const columns of [1, 20, 50, 60, 80]) {
      expect(Math.max(...lines(columns).map((line) => line.length)), String(columns)).to.be.at.most(columns);
    }
  });

  it('has a bold header with colours', () => {
    expect(lines(0, SETTINGS, true)[0]).to.match(/^\u001b\[1mKEY .*FROM\u001b\[22m$/);
  });

  it('is one object as JSON, without the value of the key', () => {
    const json = SETTINGS_FORMATS.json(SETTINGS, { columns: 80, color: true });
    expect(json).to.match(/^[\u0020-\u007e]*\n$/);
    const source = { kind: 'default', label: 'default' };
    const settings = JSON.parse(json) as Record<string, unknown>;
    expect(Object.keys(settings)).to.deep.equal(['apiUrl', 'apiKey', 'sites', 'cutoff', 'profile']);
    expect(settings['apiKey']).to.deep.equal({ present: true, source: SETTINGS[1]?.source });
    expect(settings['sites']).to.deep.equal({ value: ['a\u202e', 'b'], source: { kind: 'flag', label: '--site' } });
    expect(settings['cutoff']).to.deep.equal({ error: 'KRAKEN_CUTOFF: expected a time' });
    expect(settings['profile']).to.deep.equal({ value: null, source });
  });
});
