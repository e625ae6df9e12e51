#!/usr/bin/env node
// A CommonJS module: it starts without Node's loader of ES modules, which takes a while.
'use strict';

const argv = process.argv.slice(2);
/** Milliseconds for what is under way once all is said and done. */
const GRACE = 500;

/** Prints the version without loading the program. Where that fails, the program knows what to say and do. */
function printVersion() {
  if (argv.length !== 1 || (argv[0] !== '--version' && argv[0] !== '-V')) return false;
  try {
    require('node:fs').writeSync(1, `${require('../package.json').version}\n`);
    return true;
  } catch {
    return false;
  }
}

async function run() {
  // The key never goes to a server whose certificate cannot be verified, nor do credentials of AWS.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  // From Node 22 on; what was compiled once is not compiled again.
  require('node:module').enableCompileCache?.();
  const { main, createProcessEnvironment } = await import('../dist/main.js');
  process.exitCode = await main(argv, createProcessEnvironment());
  // What the run gave up on may go on, as a program does that AWS asks for credentials: it is not waited for.
  setTimeout(() => process.exit(), GRACE).unref();
}

if (!printVersion()) run();
