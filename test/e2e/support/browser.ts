import { type Browser, chromium, type Page } from 'playwright-core';

import { findProgram } from './workspace.ts';

/** Where Chromium is on this machine, by the names that systems have for it; undefined where it is not. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  .map(findProgram)
  .find((path) => path !== undefined);

/** It is to speak to nobody. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium, which there must be. */
export function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium here');
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** What a page does beside showing itself: what it asks for, and what it complains of. */
export function watch(page: Page): { readonly requests: readonly string[]; readonly complaints: readonly string[] } {
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { requests, complaints };
}
