import path from 'node:path';

import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * Folders of src/ that each folder may import from, statically or dynamically, beside itself. Imports only go down: a folder
 * may name only folders below it here. test/architecture.test.ts holds CONTRIBUTING.md to this table.
 */
export const LAYERS = {
  '.': ['cli', 'commands', 'pipeline', 'config', 'api', 'output', 'transform', 'platform', 'domain', 'util'],
  cli: ['commands', 'config', 'output', 'sandbox', 'platform', 'domain', 'util'],
  commands: [
    'diagnostics',
    'fleet',
    'pipeline',
    'config',
    'api',
    'output',
    'sandbox',
    'transform',
    'platform',
    'domain',
    'util',
  ],
  diagnostics: ['fleet', 'pipeline', 'config', 'api', 'output', 'platform', 'domain', 'util'],
  fleet: ['pipeline', 'config', 'api', 'transform', 'platform', 'domain', 'util'],
  pipeline: ['config', 'api', 'transform', 'platform', 'domain', 'util'],
  config: ['transform', 'platform', 'domain', 'util'],
  api: ['transform', 'platform', 'domain', 'util'],
  output: ['transform', 'platform', 'domain', 'util'],
  sandbox: ['domain', 'util'],
  transform: ['domain', 'util'],
  platform: ['domain', 'util'],
  domain: ['util'],
  util: [],
};

/** Files that may stand in src/ itself. */
const ROOT_FILES = ['main.ts', 'index.ts', 'lambda.ts'];

/** Reports an import that LAYERS does not allow, and a file in a folder that LAYERS does not know. */
const layers = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = path.relative(path.join(import.meta.dirname, 'src'), context.filename);
    const folder = folderOf(file);
    const allowed = LAYERS[folder];

    function check({ source }) {
      if (!allowed || !source || typeof source.value !== 'string' || !source.value.startsWith('.')) return;
      const target = folderOf(path.join(path.dirname(file), source.value));
      if (target === folder || allowed.includes(target)) return;
      context.report({ node: source, message: `src/${folder}/ may not import from src/${target}/ (LAYERS).` });
    }

    return {
      Program(node) {
        if (!allowed) context.report({ node, message: `LAYERS in eslint.config.js does not know src/${folder}/.` });
        if (folder === '.' && !ROOT_FILES.includes(file)) {
          context.report({ node, message: `src/ itself holds only ${ROOT_FILES.join(', ')}.` });
        }
      },
      ImportDeclaration: check,
      ExportAllDeclaration: check,
      ExportNamedDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

/** Returns the first folder of a path below src/; `.` for src/ itself. */
function folderOf(file) {
  return file.includes(path.sep) ? file.slice(0, file.indexOf(path.sep)) : '.';
}

export default defineConfig(
  { ignores: ['dist/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { 'kraken-outages': { rules: { layers } } },
    rules: { 'kraken-outages/layers': 'error' },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/platform/**'],
    rules: { 'no-restricted-globals': ['error', 'process', 'console', 'setTimeout', 'setInterval', 'fetch'] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Chai asserts by property access, and mocha takes functions that return promises.
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
