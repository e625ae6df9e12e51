import 'ts-blank-space/register';

import { defineConfig } from 'rolldown';

const { createJsonSchema } = await import('./src/config/json-schema.ts');

/** What is shipped is bundled, as one file loads faster than the hundred it is made of. */
export default defineConfig({
  input: {
    main: 'src/main.ts',
    environment: 'src/environment.ts',
    version: 'src/version.ts',
    index: 'src/index.ts',
  },
  platform: 'node',
  // Modules first: of the AWS SDK's, only what is used is shipped, and loads in a quarter of the time.
  resolve: { mainFields: ['module', 'main'] },
  // On Node 20 the SDK would print a page about the future of Node 20.
  transform: { define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' } },
  // cosmiconfig can load TypeScript configuration with it; ours is data.
  external: ['typescript'],
  plugins: [
    {
      name: 'config-schema',
      generateBundle() {
        const source = `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`;
        this.emitFile({ type: 'asset', fileName: 'config.schema.json', source });
      },
    },
  ],
  output: { dir: 'dist', cleanDir: true, chunkFileNames: 'chunks/[name]-[hash].js', minify: 'dce-only' },
});
