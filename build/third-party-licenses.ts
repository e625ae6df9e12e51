import type { BundledPackage } from './bundled-packages.ts';

const LINE = '-'.repeat(80);

/** Returns the licences of the packages. A text that several packages share is printed once. */
export function renderLicenses(packages: readonly BundledPackage[]): string {
  const byText = new Map<string, BundledPackage[]>();
  for (const found of packages) {
    const text = found.texts.join('\n\n');
    byText.set(text, [...(byText.get(text) ?? []), found]);
  }
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${LINE}\n${names.join('\n')}\n${LINE}\n\n${text}\n`;
  });
  return ['kraken-outages contains code of these packages, under their own licences.\n', ...sections].join('\n');
}
