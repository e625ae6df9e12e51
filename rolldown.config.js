import { defineConfig } from 'rolldown';

/** What is shipped is bundled, as one file loads faster than the hundred it is made of. */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    environment: 'src/environment.ts',
    version: 'src/version.ts',
    index: 'src/index.ts',
  },
  platform: 'node',
  // cosmiconfig can load TypeScript configuration with it; ours is data.
  external: ['typescript'],
  output: { dir: 'dist', cleanDir: true, chunkFileNames: 'chunks/[name]-[hash].js', minify: 'dce-only' },
});
