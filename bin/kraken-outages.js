#!/usr/bin/env node
import * as module from 'node:module';

import { VERSION } from '../dist/version.js';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  // Known without loading the program.
  console.log(VERSION);
} else {
  // From Node 22 on; what was compiled once is not compiled again.
  module.enableCompileCache?.();
  const [{ main }, { createEnvironment }] = await Promise.all([
    import('../dist/main.js'),
    import('../dist/environment.js'),
  ]);
  process.exitCode = await main(argv, createEnvironment());
}
