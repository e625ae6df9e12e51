import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import * as v from 'valibot';

import type { BundledPackage } from './bundled-packages.ts';

const manifestSchema = v.object({
  name: v.string(),
  version: v.string(),
  license: v.string(),
  description: v.string(),
});
const lockSchema = v.object({
  packages: v.record(v.string(), v.object({ version: v.optional(v.string()), integrity: v.optional(v.string()) })),
});

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Returns a CycloneDX 1.6 document that lists the packages. Without a time, so that the same bundle has the same one. */
export function createSbom(packages: readonly BundledPackage[]): object {
  const { name, version, license, description } = v.parse(manifestSchema, readJson('package.json'));
  const locked = Object.entries(v.parse(lockSchema, readJson('package-lock.json')).packages);
  const integrityOf = (found: BundledPackage): string | undefined =>
    locked.find(([path, { version }]) => path.endsWith(`node_modules/${found.name}`) && version === found.version)?.[1]
      .integrity;
  const self = toPurl(name, version);
  const components = packages.map((found) => {
    const purl = toPurl(found.name, found.version);
    const integrity = integrityOf(found);
    return {
      type: 'library',
      'bom-ref': purl,
      name: found.name,
      version: found.version,
      purl,
      licenses: [{ license: { id: found.license } }],
      ...(integrity !== undefined && { hashes: [toHash(integrity)] }),
    };
  });
  const content = {
    metadata: {
      component: {
        type: 'application',
        'bom-ref': self,
        name,
        version,
        description,
        purl: self,
        licenses: [{ license: { id: license } }],
      },
    },
    components,
    dependencies: [{ ref: self, dependsOn: components.map(({ purl }) => purl) }],
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${toUuid(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
}

/** Returns a package URL (purl), in which a scope's `@` is encoded. */
function toPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** @param integrity `sha512-` and a hash in Base64, as in package-lock.json */
function toHash(integrity: string): object {
  const [algorithm = '', base64 = ''] = integrity.split('-', 2);
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') };
}

/** Returns a UUID of version 8 (RFC 9562) that follows from the text. */
function toUuid(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}
