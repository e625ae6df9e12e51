/** `npm run pictures`: draws the pictures in the README from the output of the program. Needs Chromium. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { createFetch } from '../../src/api/http/create-fetch.ts';
import { createEnvironment } from '../../src/platform/create-environment.ts';
import { main } from '../../src/main.ts';
import { launch } from '../e2e/support/browser.ts';
import { toSvg } from './terminal-svg.ts';

const PICTURES = fileURLToPath(new URL('../../.github/pictures/', import.meta.url));
const ARGS = ['preview', '--site', 'norwich-pear-tree', '--sandbox', '--format'];

/** A fixed time, so that the pictures are reproducible. */
const NOW = Date.parse('2023-01-01T00:00:00Z');
const WIDTH = 100;

/** Returns the output of the program on a terminal. */
async function print(format: string, columns: number): Promise<string> {
  let text = '';
  const real = createEnvironment(createFetch);
  const code = await main([...ARGS, format, '--quiet'], {
    ...real,
    env: { TERM: 'xterm' },
    clock: { ...real.clock, now: () => NOW },
    stdout: {
      isTTY: true,
      columns,
      write(data) {
        text += typeof data === 'string' ? data : Buffer.from(data).toString();
        return Promise.resolve();
      },
    },
  });
  if (code !== 0) throw new Error(`the program ended with ${code}`);
  return text;
}

async function takePicture(html: string, colorScheme: 'light' | 'dark', path: string): Promise<void> {
  const browser = await launch();
  try {
    const page = await browser.newPage({ colorScheme, viewport: { width: 960, height: 800 } });
    await page.setContent(html);
    await page.locator('.plot').focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.screenshot({ path });
  } finally {
    await browser.close();
  }
}

await mkdir(PICTURES, { recursive: true });
await writeFile(
  `${PICTURES}timeline.svg`,
  toSvg(`kraken-outages ${ARGS.join(' ')} timeline`, await print('timeline', WIDTH)),
);
const html = await print('html', WIDTH);
await takePicture(html, 'light', `${PICTURES}report.png`);
await takePicture(html, 'dark', `${PICTURES}report-dark.png`);
