import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { describe, it } from 'mocha';
import * as v from 'valibot';

const SOURCE = fileURLToPath(new URL('../src/', import.meta.url));
/** The table in eslint.config.js, which has no types. */
const configuration: unknown = await import(new URL('../eslint.config.js', import.meta.url).href);
const { LAYERS } = v.parse(v.object({ LAYERS: v.record(v.string(), v.array(v.string())) }), configuration);

const IMPORT = /(?:from|import\(|import)\s*'(\.[^']+)'/g;

/** Lists the imports of each file below src/, types included. */
function importGraph(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(SOURCE, file), 'utf8');
      const targets = [...text.matchAll(IMPORT)].map(([, path = '']) => normalize(join(dirname(file), path)));
      return [file, targets];
    }),
  );
}

/** Returns the files of a cycle; an empty list if there is none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of graph.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

describe('the architecture', () => {
  it('has no import cycles, types included', () => {
    const graph = importGraph();
    expect(graph.size).to.be.above(100);
    expect(findCycle(graph)).to.deep.equal([]);
  });

  it('detects an import cycle', () => {
    const graph = new Map([
      ['a.ts', ['b.ts']],
      ['b.ts', ['c.ts']],
      ['c.ts', ['b.ts']],
    ]);
    expect(findCycle(graph)).to.deep.equal(['b.ts', 'c.ts', 'b.ts']);
  });

  it('allows only imports from lower layers in LAYERS', () => {
    const order = Object.keys(LAYERS);
    for (const [folder, targets] of Object.entries(LAYERS)) {
      for (const target of targets)
        expect(order.indexOf(target), `${folder} > ${target}`).to.be.above(order.indexOf(folder));
    }
  });

  it('matches the table in CONTRIBUTING.md', () => {
    const text = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
    const [, table = ''] = /<!-- layers -->\n([^]*?)<!-- \/layers -->/.exec(text) ?? [];
    const rows = [...table.matchAll(/^\| `(?:src\/|(\w+)\/)` \| [^|]+ \|([^|]*)\|$/gm)];
    const described = rows.map(([, folder = '.', targets = '']) => [
      folder,
      targets.trim().split(', ').filter(Boolean),
    ]);
    expect(described).to.deep.equal(Object.entries(LAYERS));
  });

  it('resolves every relative import to a file', () => {
    const graph = importGraph();
    const missing = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => !graph.has(target) && target.endsWith('.ts'))
        .map((target) => `${file} > ${relative('.', target)}`),
    );
    expect(missing).to.deep.equal([]);
  });
});
