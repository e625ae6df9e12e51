import { expect } from 'chai';
import { describe } from 'mocha';

import { runConcurrentlyIf } from '../e2e/support/run-concurrently.ts';
import { hasProgram, inWorkspace } from '../e2e/support/workspace.ts';

const SNAPSHOT = JSON.stringify({
  outages: [
    { id: 'd', begin: '2022-05-23T14:21:27.377+02:00', end: '2022-05-23T13:51:27.377Z' },
    { id: 'e', begin: '2022-12-31T23:00:00Z', end: '2023-01-01T00:00:00Z' },
  ],
  sites: [
    {
      id: 's',
      name: 'Zürich, 電池 🔋',
      devices: [
        { id: 'd', name: 'Battery "1"' },
        { id: 'e', name: '=1+1' },
      ],
    },
  ],
});

/** Reads CSV as Excel does by itself: comma, quote, UTF-8, and dates are recognized. In a window, LibreOffice asks. */
const AS_EXCEL = 'CSV:44,34,76,1,,1033,false,true';

/** The attributes and the text of each cell of a row, in the XML of LibreOffice. */
const CELL = /<table:table-cell([^>]*)>\s*<text:p>([^]*?)<\/text:p>/g;

interface SheetCell {
  readonly kind: string | undefined;
  /** A date or number in a locale-independent form; else the text. */
  readonly value: string;
}

function cellsOf(sheet: string): readonly (readonly SheetCell[])[] {
  return [...sheet.matchAll(/<table:table-row[^]*?<\/table:table-row>/g)]
    .map(([row]) =>
      [...row.matchAll(CELL)].map(([, attributes = '', text = '']) => ({
        kind: /office:value-type="(\w+)"/.exec(attributes)?.[1],
        value:
          /office:(?:date-)?value="([^"]*)"/.exec(attributes)?.[1] ??
          text.replaceAll('&quot;', '"').replaceAll('&apos;', "'"),
      })),
    )
    .filter((row) => row.length > 0);
}

describe('e2e: CSV for Excel', () => {
  runConcurrentlyIf(hasProgram('soffice'), 'LibreOffice (soffice)', {
    'opens in LibreOffice with text, dates and numbers, and no formula': () =>
      inWorkspace(async ({ call, spawn, write, read, path }) => {
        await write('snapshot.json', SNAPSHOT);
        const written = await call(['preview', '--snapshot', 'snapshot.json', '--excel', '--output', 'outages.csv']);
        expect(written).to.deep.include({ code: 0, stdout: '' });

        const args = ['--headless', `--infilter=${AS_EXCEL}`, '--convert-to', 'fods', 'outages.csv'];
        const converted = await spawn('soffice', [`-env:UserInstallation=file://${path}/profile`, ...args]).ended;
        expect(converted.code, converted.stderr).to.equal(0);
        const sheet = await read('outages.fods');
        const text = (value: string): SheetCell => ({ kind: 'string', value });
        const date = (value: string): SheetCell => ({ kind: 'date', value });
        const number = (value: string): SheetCell => ({ kind: 'float', value });
        expect(cellsOf(sheet)).to.deep.equal([
          ['Site ID', 'Site', 'Device ID', 'Device', 'Begin (UTC)', 'End (UTC)', 'Duration (hours)'].map(text),
          [
            ...['s', 'Zürich, 電池 🔋', 'd', 'Battery "1"'].map(text),
            ...['2022-05-23T12:21:27', '2022-05-23T13:51:27'].map(date),
            number('1.5'),
          ],
          [
            ...['s', 'Zürich, 電池 🔋', 'e', "'=1+1"].map(text),
            ...['2022-12-31T23:00:00', '2023-01-01'].map(date),
            number('1'),
          ],
        ]);
        expect(sheet).not.to.include('table:formula');
      }),
  });
});
