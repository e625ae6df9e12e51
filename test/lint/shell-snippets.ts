import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as v from 'valibot';
import { parse } from 'yaml';

import { blocksOf, DOCUMENTS } from '../support/documents.ts';

const ROOT = new URL('../../', import.meta.url);

/** A script or workflow from a file or from a code block of a document. */
export interface Snippet {
  /** `.github/workflows/ci.yml`, `docs/recipes.md:12`. */
  readonly place: string;
  readonly text: string;
}

const stepsSchema = v.array(v.looseObject({ run: v.optional(v.string()) }));
const workflowSchema = v.object({ jobs: v.record(v.string(), v.looseObject({ steps: v.optional(stepsSchema, []) })) });
const actionSchema = v.object({ runs: v.object({ steps: stepsSchema }) });

function readFile(path: string): Snippet {
  return { place: path, text: readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8') };
}

/** Returns the workflows of the repository, and those in the documents. */
export function workflows(): readonly Snippet[] {
  const names = readdirSync(new URL('.github/workflows/', ROOT));
  const blocks = DOCUMENTS.flatMap(blocksOf).filter(
    ({ language, code }) => language === 'yaml' && /^jobs:/m.test(code),
  );
  return [
    ...names.map((name) => readFile(`.github/workflows/${name}`)),
    ...blocks.map(({ place, code }) => ({ place, text: code })),
  ];
}

/** Returns the shell scripts in workflows, in the action, in the documents and in .ci/. */
export function shellScripts(): readonly Snippet[] {
  const steps = [
    ...workflows().flatMap(({ place, text }) =>
      Object.values(v.parse(workflowSchema, parse(text)).jobs).flatMap((job) =>
        job.steps.map(({ run }) => ({ place, run })),
      ),
    ),
    ...v
      .parse(actionSchema, parse(readFile('action.yml').text))
      .runs.steps.map(({ run }) => ({ place: 'action.yml', run })),
  ];
  const blocks = DOCUMENTS.flatMap(blocksOf).filter(({ language }) => language === 'sh');
  return [
    // GitHub runs bash with -e.
    ...steps.flatMap(({ place, run }) => (run === undefined ? [] : [{ place, text: `set -e\n${run}` }])),
    ...blocks.map(({ place, code }) => ({ place, text: code })),
    readFile('.ci/run'),
  ];
}
