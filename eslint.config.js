import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Which folders a file may not import from: imports go down only, and the folders of one floor stay apart. */
const floors = {
  'src/{errors,environment,events,receipt,text,question,exit-code}.ts': [
    'transform',
    'api',
    'config',
    'output',
    'sandbox',
    'commands',
  ],
  'src/transform/**': ['api', 'config', 'output', 'sandbox', 'commands'],
  'src/api/**': ['config', 'output', 'sandbox', 'commands'],
  'src/config/**': ['api', 'output', 'sandbox', 'commands'],
  'src/output/**': ['api', 'config', 'sandbox', 'commands'],
  'src/sandbox/**': ['transform', 'api', 'config', 'output', 'commands'],
  'src/checkup/**': ['commands'],
  'src/{plan,submission}.ts': ['commands'],
};
const aboveAll = ['main', 'program', 'plan', 'submission', 'index'];

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
    ignores: ['src/environment.ts', 'src/clock.ts'],
    rules: { 'no-restricted-globals': ['error', 'process', 'console', 'setTimeout', 'setInterval', 'fetch'] },
  },
  ...Object.entries(floors).map(([files, folders]) => ({
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: `/(${folders.join('|')})/`, message: 'Imports go down only.' },
            ...(files.includes('plan')
              ? []
              : [{ regex: `/(${aboveAll.join('|')})\\.ts$`, message: 'Imports go down only.' }]),
          ],
        },
      ],
    },
  })),
  {
    files: ['test/**/*.ts'],
    rules: {
      // Chai asserts by property access, and mocha takes functions that return promises.
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
