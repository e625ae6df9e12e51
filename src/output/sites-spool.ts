import type { Files } from '../platform/files.ts';
import { createJsonCompactor } from '../util/text.ts';
import { createSpool, type Spool } from './spool.ts';

/** Bytes of each unfinished site that are kept in memory. */
const MAX_SITE_MEMORY_BYTES = 16 * 1024;

/** Buffers the compact JSON of site infos, in memory or temporary files, until the outages are written. */
export interface SitesSpool {
  /** Starts the JSON of a site, and drops what was appended for that site before. */
  start(site: string): Promise<{ append(bytes: Uint8Array): void; flush(): Promise<void> }>;
  /** Adds the site to the output, after those that were added before. */
  add(site: string): Promise<void>;
  /** Drops the JSON of a site. */
  drop(site: string): Promise<void>;
  /** Writes the sites that were added, separated by commas. */
  copyTo(target: Spool): Promise<void>;
  discard(): Promise<void>;
}

export function createSitesSpool(files: Files): SitesSpool {
  const unfinished = new Map<string, Spool>();
  const added = createSpool(files, undefined);
  let separator = '';

  async function drop(site: string): Promise<void> {
    await unfinished.get(site)?.discard();
    unfinished.delete(site);
  }

  return {
    async start(site) {
      await drop(site);
      const spool = createSpool(files, undefined, MAX_SITE_MEMORY_BYTES);
      unfinished.set(site, spool);
      const compact = createJsonCompactor();
      const decoder = new TextDecoder();
      return {
        append(bytes) {
          spool.append(compact(decoder.decode(bytes, { stream: true })));
        },
        flush: () => spool.flush(),
      };
    },
    async add(site) {
      const spool = unfinished.get(site);
      if (!spool) return;
      added.append(separator);
      separator = ',';
      await move(spool, added);
      await drop(site);
    },
    drop,
    copyTo: (target) => move(added, target),
    async discard() {
      await added.discard();
      for (const site of [...unfinished.keys()]) await drop(site);
    },
  };
}

async function move(from: Spool, to: Spool): Promise<void> {
  await from.deliver({
    isTTY: false,
    columns: 0,
    async write(data) {
      to.append(data);
      await to.flush();
    },
  });
}
