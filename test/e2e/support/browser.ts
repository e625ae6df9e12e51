import { type Browser, chromium, type Page } from 'playwright-core';

import { findProgram } from './workspace.ts';

/** The path of Chromium, or undefined if it is not installed. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  .map(findProgram)
  .find((path) => path !== undefined);

/** No traffic of its own. */
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

/** Starts Chromium. @throws Error if it is not installed */
export function launch(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('there is no Chromium here');
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
}

/** Records the page's requests, and its errors, console messages and dialogs. */
export function recordPage(page: Page): { readonly requests: readonly string[]; readonly messages: readonly string[] } {
  const requests: string[] = [];
  const messages: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', ({ message }) => messages.push(message));
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('dialog', (dialog) => {
    messages.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { requests, messages };
}
