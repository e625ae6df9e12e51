import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const readlink = promisify(fs.readlink);
const realpath = promisify(fs.realpath.native);

const STANDARD_DESCRIPTORS = ['/dev/stdin', '/dev/stdout', '/dev/stderr'];
const DESCRIPTOR = new RegExp(`^/(?:dev|proc/(?:self|${process.pid})(?:/task/\\d+)?)/fd/(\\d{1,9})$`);
/** The limit of Linux. */
const MAX_LINKS = 40;

/**
 * Follows symbolic links, also to a file that does not exist yet.
 *
 * For example, `report.csv -> volume/report.csv` gives `/…/volume/report.csv`, and `log -> /dev/stdout` gives 1.
 * @param path absolute and normalized
 * @returns the path of the file, or a descriptor number if the path refers to a descriptor of this process
 */
export async function followLinks(path: string): Promise<string | number> {
  let current = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const descriptor = descriptorOf(current) ?? descriptorOf(await withRealDirectory(current));
    if (descriptor !== undefined) return descriptor;
    const target = await readlink(current).catch(() => undefined);
    if (target === undefined) return withRealDirectory(current);
    current = resolve(dirname(await withRealDirectory(current)), target);
  }
  throw Object.assign(new Error('too many levels of symbolic links'), { code: 'ELOOP', path });
}

function descriptorOf(path: string): number | undefined {
  const standard = STANDARD_DESCRIPTORS.indexOf(path);
  if (standard !== -1) return standard;
  const number = DESCRIPTOR.exec(path)?.[1];
  return number === undefined ? undefined : Number(number);
}

async function withRealDirectory(path: string): Promise<string> {
  const directory = await realpath(dirname(path)).catch(() => dirname(path));
  return join(directory, basename(path));
}
