import { expect } from 'chai';
import { describe, it } from 'mocha';

import { UsageError } from '../../src/domain/errors.ts';
import { chooseFormat, describeWritten } from '../../src/output/output-file.ts';

describe('the format of an output file', () => {
  for (const [output, format] of [
    [undefined, 'json'],
    ['-', 'json'],
    ['/dev/stdout', 'json'],
    ['x', 'json'],
    ['x.json', 'json'],
    ['x.html.bak', 'json'],
    ['dir.html/x', 'json'],
    ['x.constructor', 'json'],
    ['dir.csv/x.html', 'html'],
    ['x.HTM', 'html'],
    ['x.csv', 'csv'],
    ['x.svg', 'svg'],
    ['x.ndjson', 'ndjson'],
    ['x.jsonl', 'ndjson'],
    ['x.txt', 'table'],
  ] as const) {
    it(`is ${format} for ${output ?? 'stdout'}`, () => {
      expect(chooseFormat(undefined, output)).to.equal(format);
      expect(chooseFormat(format, output)).to.equal(format);
    });
  }

  it('can be any text format for .txt, and any format for an unknown extension', () => {
    for (const format of ['json', 'csv', 'timeline'] as const) expect(chooseFormat(format, 'x.txt')).to.equal(format);
    expect(chooseFormat('html', 'x.report')).to.equal('html');
    expect(chooseFormat('html', '-')).to.equal('html');
  });

  it('must match the extension', () => {
    for (const [format, output] of [
      ['csv', 'x.html'],
      ['html', 'x.txt'],
      ['ndjson', 'x.json'],
    ] as const) {
      expect(() => chooseFormat(format, output)).to.throw(
        UsageError,
        `--format ${format} does not match --output ${output}`,
      );
    }
  });
});

describe('describeWritten', () => {
  it('says the size and the number of outages', () => {
    expect(describeWritten('x.html', 'html', 12_400, 18)).to.equal('Wrote x.html (12.4 kB, 18 outages)');
    expect(describeWritten('x.csv', 'csv', 30, 1)).to.equal('Wrote x.csv (30 B, 1 outage)');
  });

  it('names the format where the name of the file does not', () => {
    expect(describeWritten('x.xlsx', 'json', 12_400, 18)).to.equal('Wrote x.xlsx (json, 12.4 kB, 18 outages)');
    expect(describeWritten('x', 'html', 12_400, 18)).to.equal('Wrote x (html, 12.4 kB, 18 outages)');
  });
});
