import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of code. */
export interface Block {
  /** `docs/recipes.md:12`, the line of the fence. */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  /** Whether the comment `<!-- not run: REASON -->` precedes it. */
  readonly isExempt: boolean;
}

/** README.md and every page of docs/. */
export const DOCUMENTS: readonly Document[] = [
  'README.md',
  ...readdirSync(new URL('docs', ROOT)).map((name) => `docs/${name}`),
].map(readDocument);

/** @param path relative to the repository */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8') };
}

/** Returns the document's fenced blocks of code, in order. */
export function blocksOf({ path, text }: Document): readonly Block[] {
  return [...text.matchAll(/(<!-- not run: [^>]+ -->\n\n)?^```(\w+)\n([^]*?)^```$/gm)].map(
    ({ index, 1: exemption = '', 2: language = '', 3: code = '' }) => ({
      place: `${path}:${text.slice(0, index + exemption.length).split('\n').length}`,
      language,
      code,
      isExempt: exemption !== '',
    }),
  );
}
