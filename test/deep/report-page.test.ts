import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import { expect } from 'chai';
import { after, before, describe } from 'mocha';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { CHROMIUM, launch, recordPage } from '../e2e/support/browser.ts';
import { runConcurrentlyIf } from '../e2e/support/run-concurrently.ts';
import { inWorkspace } from '../e2e/support/workspace.ts';

const AXE = new URL('../../node_modules/axe-core/axe.min.js', import.meta.url);

const NORWICH = ['--site', 'norwich-pear-tree', '--sandbox'];
const SEVERAL = [...NORWICH, '--site', 'norwich-pear', '--site', 'kathmandu-hill', '--site', 'ely-old-mill'];

const HOSTILE = '</td><script>alert(1)</script>"\'&amp;\u202e\u0007';
const SHOWN = '</td><script>alert(1)</script>"\'&amp;\\u202e\\u0007';

interface Opened {
  readonly page: Page;
  readonly url: string;
  readonly seen: ReturnType<typeof recordPage>;
}

/** Returns a snapshot of the site `s` with these outages for its only device. */
function snapshotOf(name: string, outages: readonly (readonly [begin: string, end: string])[]): string {
  return JSON.stringify({
    outages: outages.map(([begin, end]) => ({ id: 'd', begin, end })),
    sites: [{ id: 's', name, devices: [{ id: 'd', name }] }],
  });
}

/** Returns a snapshot of `count` sites with 8 devices each. Every seventh site has no outages. */
function snapshotOfSites(count: number): string {
  const sites = Array.from({ length: count }, (_, site) => ({
    id: `site-${site}`,
    name: `Norwich ${site}`,
    devices: Array.from({ length: 8 }, (_, device) => ({ id: `${site}-${device}`, name: `Battery ${device + 1}` })),
  }));
  const outages = sites.flatMap(({ devices }, site) =>
    devices.slice(0, site % 7).map(({ id }, device) => {
      const begin = Date.parse('2022-01-02T00:00:00Z') + (site * 8 + device) * 3_600_000;
      return { id, begin: new Date(begin).toISOString(), end: new Date(begin + (site + 1) * 60_000).toISOString() };
    }),
  );
  return JSON.stringify({ outages, sites });
}

/** Returns the number of pages of a PDF. */
function pagesOf(pdf: Buffer): number {
  return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

describe('e2e: the HTML report in a browser', () => {
  let browser: Browser;

  before(async () => {
    if (CHROMIUM !== undefined) browser = await launch();
  });
  after(async () => {
    if (CHROMIUM !== undefined) await browser.close();
  });

  /** Makes a report and opens it. @param snapshot in place of the sandbox */
  async function withReport(
    flags: readonly string[],
    use: (opened: Opened) => Promise<void>,
    { snapshot, ...options }: BrowserContextOptions & { readonly snapshot?: string } = {},
  ): Promise<void> {
    await inWorkspace(async ({ call, write, path }) => {
      const source = snapshot === undefined ? [] : ['--snapshot', await write('snapshot.json', snapshot)];
      const { code, stdout } = await call([
        'preview',
        ...flags,
        ...source,
        '--format',
        'html',
        '--output',
        'r.html',
        '--quiet',
      ]);
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: '' });
      const context = await browser.newContext(options);
      try {
        const page = await context.newPage();
        const seen = recordPage(page);
        const url = pathToFileURL(`${path}/r.html`).href;
        await page.goto(url);
        await use({ page, url, seen });
        expect(seen).to.deep.equal({ requests: [url], messages: [] });
      } finally {
        await context.close();
      }
    });
  }

  const bars = (page: Page) => page.locator('[data-outage]');
  const tooltip = (page: Page) => page.locator('.tooltip');
  const viewBox = async (page: Page) => (await page.locator('.scaled').getAttribute('viewBox')) ?? '';
  const column = (page: Page, index: number) => page.locator(`#outages td:nth-child(${index})`).allTextContents();

  /** Waits for the frame after the last input. */
  const drawn = (page: Page) =>
    page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');

  async function expectAccessible(page: Page): Promise<void> {
    await page.evaluate(await readFile(AXE, 'utf8'));
    const found = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)}`))',
    );
    expect(found).to.deep.equal([]);
  }

  runConcurrentlyIf(CHROMIUM !== undefined, 'Chromium', {
    'shows figures, bars and rows without requests or errors': () =>
      withReport(NORWICH, async ({ page }) => {
        expect(await page.title()).to.equal('Outages of Norwich Pear Tree');
        expect(await page.locator('.figures dd').first().textContent()).to.equal('11');
        expect(await bars(page).count()).to.equal(11);
        expect(await page.locator('#outages tbody tr').count()).to.equal(11);
        expect(await page.locator('.names li').allTextContents()).to.deep.equal(
          Array.from({ length: 8 }, (_, index) => `Battery ${index + 1}`),
        );
        // Each cell is below its header.
        const edges = 'rows => rows.map(({ cells }) => [...cells].map((cell) => cell.getBoundingClientRect().right))';
        const [header, ...others] = await page.evaluate<number[][]>(
          `(${edges})([...document.querySelectorAll('#outages tr')])`,
        );
        for (const row of others) expect(row).to.deep.equal(header);
        // Each name is beside its row.
        const [name, row] = await Promise.all([
          page.locator('.names li').nth(5).boundingBox(),
          page.locator('rect[data-outage="7"]').boundingBox(),
        ]);
        expect((name?.y ?? 0) + (name?.height ?? 0) / 2).to.be.closeTo((row?.y ?? 0) + (row?.height ?? 0) / 2, 1);
      }),

    'passes axe in light, dark and narrow windows, with several sites and without outages': async () => {
      await withReport(NORWICH, ({ page }) => expectAccessible(page), { colorScheme: 'light' });
      await withReport(
        SEVERAL,
        async ({ page }) => {
          expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390);
          await expectAccessible(page);
        },
        { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
      );
      await withReport(['--site', 'ely-old-mill', '--sandbox'], ({ page }) => expectAccessible(page));
    },

    'shows every column of the outages in a window of 1100 pixels': () =>
      withReport(
        SEVERAL,
        async ({ page }) => {
          const hidden =
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#outages').closest('.scroll'))";
          expect(await page.evaluate(hidden)).to.equal(0);
        },
        { viewport: { width: 1100, height: 800 } },
      ),

    'blocks other scripts and requests': () =>
      withReport(NORWICH, async ({ page, seen }) => {
        const blocked = await page.evaluate(`new Promise((done) => {
          document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => done(effectiveDirective));
          const script = document.createElement('script');
          script.append('window.hasRun = true');
          document.body.append(script);
        })`);
        expect(blocked).to.match(/^(script-src-elem|require-trusted-types-for)$/);
        expect(await page.evaluate('window.hasRun')).to.equal(undefined);
        const refused = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')");
        expect(refused).to.equal('refused');
        expect(await page.content()).not.to.include('unsafe-inline');
        // The browser logs the violations.
        Object.assign(seen, { messages: [] });
      }),

    'sorts by pointer and keyboard': () =>
      withReport(NORWICH, async ({ page }) => {
        const headers = page.locator('#outages th');
        await headers.nth(4).getByRole('button').click();
        expect((await column(page, 5)).slice(0, 3)).to.deep.equal(['42m 12s', '5h 8m', '7h 36m']);
        expect(await headers.nth(4).getAttribute('aria-sort')).to.equal('ascending');

        await page.keyboard.press('Enter');
        expect((await column(page, 5)).slice(0, 2)).to.deep.equal(['26d 8h', '23d 16h']);
        expect(await headers.nth(4).getAttribute('aria-sort')).to.equal('descending');

        await headers.nth(0).getByRole('button').focus();
        await page.keyboard.press('Space');
        expect((await column(page, 1)).at(0)).to.equal('Battery 1');
        expect(await headers.nth(4).getAttribute('aria-sort')).to.equal(null);
        expect(await headers.nth(0).getAttribute('aria-sort')).to.equal('ascending');
      }),

    'moves between outages by keyboard and announces them': () =>
      withReport(NORWICH, async ({ page }) => {
        await page.locator('.plot').focus();
        expect(await tooltip(page).isVisible()).to.equal(false);
        await page.keyboard.press('ArrowRight');
        const first = ['Battery 1', '2022-05-02 11:27:36.655 to 2022-05-02 19:03:58.127', '7h 36m'];
        expect(await tooltip(page).locator('p').allTextContents()).to.deep.equal(first);
        expect(await page.getByRole('status').textContent()).to.equal(`${first[0]}: ${first[1]}, ${first[2]}`);
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('ArrowRight');
        expect(await tooltip(page).locator('p').allTextContents()).to.deep.equal([
          'Battery 3',
          '2022-09-11 01:45:13.872 to 2022-10-04 18:36:55.219',
          '23d 16h',
        ]);
        await page.keyboard.press('Escape');
        expect(await tooltip(page).isVisible()).to.equal(false);
        await page.keyboard.press('End');
        expect(await tooltip(page).locator('p').first().textContent()).to.equal('Battery 8');
      }),

    'shows a tooltip under the pointer': () =>
      withReport(NORWICH, async ({ page }) => {
        await page.locator('rect[data-outage="1"]').hover();
        expect(await tooltip(page).locator('p').first().textContent()).to.equal('Battery 2');
        await page.locator('h1').hover();
        expect(await tooltip(page).isVisible()).to.equal(false);
      }),

    'zooms by keyboard, button and wheel, and pans': () =>
      withReport(NORWICH, async ({ page }) => {
        const width = async () => Number((await viewBox(page)).split(' ')[2]);
        await drawn(page);
        const ticks = await page.locator('.axis .tick').allTextContents();
        await page.locator('.plot').focus();
        await page.keyboard.press('+');
        await drawn(page);
        expect(await width()).to.be.closeTo(5000, 1);
        expect(await page.locator('.axis .tick').allTextContents()).not.to.deep.equal(ticks);
        await page.getByRole('button', { name: 'Zoom in' }).click();
        await drawn(page);
        expect(await width()).to.be.closeTo(2500, 1);

        // The selected outage is scrolled into view.
        await page.locator('.plot').focus();
        await page.keyboard.press('End');
        await drawn(page);
        const [left = 0] = (await viewBox(page)).split(' ').map(Number);
        expect(left).to.be.greaterThan(7000);

        await page.getByRole('button', { name: 'Reset' }).click();
        await drawn(page);
        expect((await viewBox(page)).split(' ').map(Number)).to.deep.equal([0, 0, 10_000, 8]);

        await page.locator('.bars').hover();
        await page.keyboard.down('Control');
        await page.mouse.wheel(0, -500);
        await page.keyboard.up('Control');
        await page.waitForFunction("document.querySelector('.scaled').viewBox.baseVal.width < 9000");
      }),

    'prints completely in light colours': () =>
      withReport(
        SEVERAL,
        async ({ page }) => {
          const pdf = await page.pdf({ format: 'A4' });
          expect(pdf.subarray(0, 5).toString()).to.equal('%PDF-');
          await page.emulateMedia({ media: 'print' });
          expect(await page.locator('.tools').isVisible()).to.equal(false);
          const cut = await page.evaluate(
            'document.documentElement.scrollWidth > document.documentElement.clientWidth',
          );
          expect(cut).to.equal(false);
          expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).to.equal('rgb(252, 252, 251)');
        },
        { colorScheme: 'dark', viewport: { width: 718, height: 1000 } },
      ),

    'prints 300 sites on at most 20 pages, with repeated headers and details on request': () =>
      withReport(
        [],
        async ({ page }) => {
          const pages = pagesOf(await page.pdf({ format: 'A4' }));
          expect(pages).to.be.within(2, 20);
          await page.emulateMedia({ media: 'print' });
          expect(await page.locator('#sites tbody tr').count()).to.equal(300);
          expect(await page.locator('#outages').isVisible()).to.equal(false);
          expect(await page.locator('#devices').isVisible()).to.equal(false);
          const style = (selector: string, property: string) =>
            page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);
          expect(await style('#sites thead', 'display')).to.equal('table-header-group');
          // Chromium paints no buttons in repeated headers.
          expect(await style('#sites th button', 'display')).to.equal('contents');
          for (const row of ['#sites tbody tr', '#devices tbody tr', '#outages tbody tr']) {
            expect(await style(row, 'breakInside'), row).to.equal('avoid');
          }

          await page.emulateMedia({ media: 'screen' });
          await page.getByLabel('Print timeline, devices and outages, too').check();
          expect(pagesOf(await page.pdf({ format: 'A4' }))).to.be.above(pages + 10);
          await page.emulateMedia({ media: 'print' });
          expect(await page.locator('#outages').isVisible()).to.equal(true);
          // Bars in the rows of the table take the place of a chart that pages would cut.
          expect(await page.locator('.chart').isVisible()).to.equal(false);
          expect(await page.locator('#devices .print-only svg').first().isVisible()).to.equal(true);
        },
        { snapshot: snapshotOfSites(300) },
      ),

    'shows device, begin, end and duration of each outage in a window of 380 pixels without scrolling sideways':
      async () => {
        for (const flags of [NORWICH, SEVERAL]) {
          await withReport(
            flags,
            async ({ page }) => {
              const tooWide = await page.evaluate(
                "[document.documentElement, ...document.querySelectorAll('.scroll')].filter((each) => each.scrollWidth > each.clientWidth).length",
              );
              expect(tooWide).to.equal(0);
              const headers = page.locator('#outages th:visible');
              const names =
                flags === NORWICH
                  ? ['Device', 'Begin', 'End', 'Duration']
                  : ['Site', 'Device', 'Begin', 'End', 'Duration'];
              expect(await headers.allTextContents()).to.deep.equal(names);
              for (const cell of await page.locator('#outages tr:nth-child(2) td:visible').all()) {
                const box = await cell.boundingBox();
                expect(box?.width).to.be.above(50);
                expect((box?.x ?? 0) + (box?.width ?? 0)).to.be.at.most(380);
              }
            },
            { viewport: { width: 380, height: 800 } },
          );
        }
      },

    'filters the sites in all tables and in the chart': () =>
      withReport(SEVERAL, async ({ page }) => {
        const names = () => page.locator('.names li:visible span').allTextContents();
        const sites = () => page.locator('#sites tbody tr:visible td:first-child').allTextContents();
        expect(await sites()).to.deep.equal(['Norwich Pear Tree', 'Norwich Pear', 'Kathmandu Hill', 'Ely Old Mill']);
        expect((await names()).length).to.equal(19);
        await page.getByLabel('Filter').fill('PEAR tree');
        expect(await sites()).to.deep.equal(['Norwich Pear Tree']);
        expect(await names()).to.deep.equal([
          'Norwich Pear Tree',
          ...Array.from({ length: 8 }, (_, index) => `Battery ${index + 1}`),
        ]);
        expect(await page.locator('#outages tbody tr:visible').count()).to.equal(11);
        expect(await page.locator('#devices tbody tr:visible').count()).to.equal(8);
        expect(await page.locator('.filter [role=status]').textContent()).to.equal('1 of 4 sites');

        await page.getByLabel('Filter').fill('kathmandu');
        // Its bars are beside its names, and the keyboard stays among them.
        const [name, bar] = await Promise.all([
          page.locator('.names li:visible').nth(2).boundingBox(),
          page.locator('.row:not([hidden]) rect').nth(1).boundingBox(),
        ]);
        expect((name?.y ?? 0) + (name?.height ?? 0) / 2).to.be.closeTo((bar?.y ?? 0) + (bar?.height ?? 0) / 2, 1);
        await page.locator('.plot').focus();
        await page.keyboard.press('End');
        expect(await tooltip(page).locator('p').first().textContent()).to.equal('=1+1');

        await page.getByLabel('Filter').fill('');
        expect((await names()).length).to.equal(19);
        expect(await page.locator('.filter [role=status]').textContent()).to.equal('');
      }),

    'saves the chart as the SVG file that --format svg prints': () =>
      inWorkspace(async ({ call, path }) => {
        for (const flags of [NORWICH, SEVERAL]) {
          const args = ['preview', ...flags, '--quiet'];
          expect((await call([...args, '--output', 'r.html'])).code).to.equal(0);
          const { stdout } = await call([...args, '--format', 'svg']);
          const context = await browser.newContext();
          try {
            const page = await context.newPage();
            const { messages } = recordPage(page);
            await page.goto(pathToFileURL(`${path}/r.html`).href);
            const [download] = await Promise.all([
              page.waitForEvent('download'),
              page.getByRole('button', { name: 'Save as SVG' }).click(),
            ]);
            expect(download.suggestedFilename()).to.equal('outages.svg');
            const saved = await readFile(await download.path(), 'utf8');
            expect(saved).to.equal(stdout);
            // The page's own policy allows no parsing.
            await page.goto('about:blank');
            const root = await page.evaluate<string>(
              `new DOMParser().parseFromString(${JSON.stringify(saved)}, 'image/svg+xml').documentElement.nodeName`,
            );
            expect(root).to.equal('svg');
            expect(messages).to.deep.equal([]);
          } finally {
            await context.close();
          }
        }
      }),

    'shows hostile names as text': () =>
      withReport(
        [],
        async ({ page }) => {
          expect(await page.title()).to.equal(`Outages of ${SHOWN}`);
          expect(await page.locator('h1').textContent()).to.equal(SHOWN);
          expect(await column(page, 1)).to.deep.equal([SHOWN]);
          expect(await page.locator('script').count()).to.equal(1);
          await page.locator('.plot').focus();
          await page.keyboard.press('ArrowRight');
          expect(await tooltip(page).locator('p').first().textContent()).to.equal(SHOWN);
        },
        { snapshot: snapshotOf(HOSTILE, [['2022-02-01T00:00:00Z', '2022-03-01T00:00:00Z']]) },
      ),

    'marks an outage that continues beyond the axis': () =>
      withReport(
        [],
        async ({ page }) => {
          expect(await page.locator('.beyond').isVisible()).to.equal(true);
          await page.locator('.plot').focus();
          await page.keyboard.press('+');
          await drawn(page);
          expect(await page.locator('.beyond').isVisible()).to.equal(false);
        },
        { snapshot: snapshotOf('On', [['2022-02-01T00:00:00Z', '9999-12-31T23:59:59Z']]) },
      ),

    'shows the timeline without scripts': () =>
      withReport(
        NORWICH,
        async ({ page }) => {
          expect(await bars(page).nth(1).isVisible()).to.equal(true);
          expect(await page.locator('.axis .tick').count()).to.be.greaterThan(2);
          expect(await page.locator('.tools').isVisible()).to.equal(false);
        },
        { javaScriptEnabled: false },
      ),

    'handles ten thousand outages': () => {
      const outages = Array.from({ length: 10_000 }, (_, index) => {
        const begin = Date.parse('2022-01-02T00:00:00Z') + index * 3_000_000;
        return [new Date(begin).toISOString(), new Date(begin + 2_000_000).toISOString()] as const;
      });
      return withReport(
        [],
        async ({ page }) => {
          expect(await bars(page).count()).to.equal(10_000);
          await page.locator('.plot').focus();
          await page.keyboard.press('+');
          await page.keyboard.press('End');
          expect(await tooltip(page).locator('p').nth(2).textContent()).to.equal('33m 20s');

          const header = page.locator('#outages th').nth(2).getByRole('button');
          await header.click();
          await header.click();
          const begins = outages.map(([begin]) => begin.replace('T', ' ').replace('Z', ''));
          expect(await column(page, 3)).to.deep.equal(begins.reverse());
          // Rows out of view are not laid out, but stay in the accessibility tree.
          const areLaidOut = await page.evaluate(
            "[0, 5000].map((n) => document.querySelectorAll('#outages tbody tr')[n].checkVisibility({ contentVisibilityAuto: true }))",
          );
          expect(areLaidOut).to.deep.equal([true, false]);
          expect(await page.locator('#outages').getByRole('row').count()).to.equal(10_001);
        },
        { snapshot: snapshotOf('Many', outages) },
      );
    },
  });
});
