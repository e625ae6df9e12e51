import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as v from 'valibot';

/** A package with code in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX id. */
  readonly license: string;
  /** The text of its licence, then its notice if it has one. */
  readonly texts: readonly string[];
  /** URL of its repository; empty if unknown. */
  readonly repository: string;
}

/** Licences that allow distribution in a bundle if their text goes with it. */
const LICENSES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Python-2.0'];

const LICENSE_FILES = [/^(?:licen[cs]e|copying)(?:$|[.-])/i, /^notice(?:$|\.)/i];

/** The bundler's own helpers, which it adds to bundles. */
const RUNTIME = '\0rolldown';

const manifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  license: v.optional(v.string(), 'none'),
  repository: v.optional(
    v.union([
      v.string(),
      v.pipe(
        v.object({ url: v.string() }),
        v.transform(({ url }) => url),
      ),
    ]),
    '',
  ),
});

/**
 * Returns the packages that the modules belong to, each version once, sorted by name.
 * @throws {Error} if the licence of one is unknown, or its text is missing
 */
export function readPackages(moduleIds: readonly string[]): readonly BundledPackage[] {
  const directories = new Set(moduleIds.map(packageDirectory).filter((directory) => directory !== undefined));
  const packages = withSharedTexts([...directories].map(readPackage));
  const byId = new Map(packages.map((found) => [`${found.name}@${found.version}`, found]));
  return [...byId].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, found]) => found);
}

/** Returns the directory of the package that a module belongs to; undefined for a module of this repository. */
function packageDirectory(id: string): string | undefined {
  if (id.startsWith(RUNTIME)) return join('node_modules', 'rolldown');
  // Without a plug-in's prefix.
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id.replace(/^\0/, ''))?.[0];
}

function readPackage(directory: string): BundledPackage {
  const manifest: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, version, license, repository } = v.parse(manifestSchema, manifest);
  if (!LICENSES.includes(license)) throw new Error(`bundled package ${name}@${version}: unknown licence: ${license}`);
  const files = readdirSync(directory).sort();
  const texts = LICENSE_FILES.flatMap((pattern) =>
    files.filter((file) => pattern.test(file)).map((file) => readFileSync(join(directory, file), 'utf8').trim()),
  );
  return { name, version, license, repository, texts: texts.length > 0 ? texts : licenseSection(directory, files) };
}

/** Some packages have their licence in a section of the README, by convention the last. */
function licenseSection(directory: string, files: readonly string[]): readonly string[] {
  const readme = files.find((file) => /^readme(?:$|\.)/i.test(file));
  if (readme === undefined) return [];
  const section = /^#+ *licen[cs]e[^\n]*\n(.*Permission is .*)/ims.exec(
    readFileSync(join(directory, readme), 'utf8'),
  )?.[1];
  return section === undefined ? [] : [section.trim()];
}

/** A package without the file has the licence of its repository, which others of its packages contain. */
function withSharedTexts(packages: readonly BundledPackage[]): readonly BundledPackage[] {
  return packages.map((found) => {
    const { name, version, license, repository } = found;
    const isSource = (other: BundledPackage): boolean =>
      other.texts.length > 0 && other.license === license && other.repository === repository && repository !== '';
    const source = found.texts.length > 0 ? found : packages.find(isSource);
    if (!source) throw new Error(`bundled package ${name}@${version}: no licence text`);
    return { ...found, texts: source.texts };
  });
}
