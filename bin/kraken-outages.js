#!/usr/bin/env node
// A CommonJS module, because Node.js starts it faster than an ES module. Node.js 12 can parse it, to say what is needed.
'use strict';

// Without `node:`, which Node.js 12 does not know.
const fs = require('fs');

const argv = process.argv.slice(2);
/** Milliseconds that abandoned work, such as a credential process of AWS, may still take after the run. */
const EXIT_GRACE_MS = 500;
/** By the exit code that shells report for them. */
const SIGNALS = { 129: 'SIGHUP', 130: 'SIGINT', 143: 'SIGTERM' };

/** Returns whether this Node.js can run the program; says so if not. */
function isSupportedNode() {
  const needed = require('../package.json').engines.node.replace(/[^\d.]/g, '');
  const [major, minor] = needed.split('.').map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return true;
  process.exitCode = 1;
  console.error(`error: kraken-outages needs Node.js ${major}.${minor} or newer, and this is ${process.versions.node}`);
  console.error('hint: install a newer version: https://nodejs.org/en/download');
  return false;
}

/** Prints the version without loading the program. Returns false if it was not asked for, or if the program has to do it. */
function printVersion() {
  if (argv.length !== 1 || (argv[0] !== '--version' && argv[0] !== '-V')) return false;
  try {
    fs.writeSync(1, `${require('../package.json').version}\n`);
    return true;
  } catch {
    return false;
  }
}

/** From Node.js 22 on, keeps compiled code for the next run. */
function enableCompileCache() {
  const { enableCompileCache: enable } = require('node:module');
  if (!enable || process.env.NODE_COMPILE_CACHE) return;
  const directory = privateCacheDirectory();
  if (directory !== undefined) enable(directory);
}

/** Returns the user's own cache directory, created if missing; undefined if another user could put code there. */
function privateCacheDirectory() {
  const { isAbsolute, join } = require('node:path');
  try {
    const { XDG_CACHE_HOME: xdg = '' } = process.env;
    const home = require('node:os').homedir();
    // Under sudo, HOME may be another user's.
    if (!isAbsolute(xdg) && !(isAbsolute(home) && isOwn(home, 0))) return undefined;
    const base = isAbsolute(xdg) ? xdg : join(home, '.cache');
    const directory = join(base, 'kraken-outages');
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    return isOwn(base, 0o022) && isOwn(directory, 0o077) ? directory : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether it is a directory of this user, without these permission bits. On Windows, homes are private. */
function isOwn(directory, forbidden) {
  const status = fs.lstatSync(directory);
  if (process.platform === 'win32') return true;
  return status.isDirectory() && status.uid === process.geteuid() && (status.mode & forbidden) === 0;
}

/** The last resort: one line for an error that the program did not handle; the stack with --verbose. */
function crash(error) {
  // Node.js compiles its HTTP client to WebAssembly in advance, which fails under `ulimit -v`. Only its use is an error.
  if (error instanceof RangeError && error.message.startsWith('WebAssembly.')) return;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'a value that is no error was thrown';
  const lines = [`error: internal error: ${text.replace(/[\0-\x1f\x7f-\x9f]+/g, ' ')}`];
  if (argv.includes('--verbose') || argv.includes('-v')) lines.push(String(error && error.stack));
  lines.push('hint: run it again with --verbose, and report the output as a bug');
  try {
    fs.writeSync(2, `${lines.join('\n')}\n`);
  } catch {
    // Nobody can be told.
  }
  process.exit(1);
}

/**
 * Ends the process by the signal that interrupted the run, once everything else is done, so that a shell stops its loop as
 * well. It changes nothing for the first process of a container, which then ends with the exit code.
 */
function exitBySignal(signal) {
  if (process.platform === 'win32') return;
  process.on('exit', () => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

async function run() {
  process.on('uncaughtException', crash);
  // The key never goes to a server whose certificate cannot be verified, nor do credentials of AWS.
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  enableCompileCache();
  const { main, createProcessEnvironment } = require('../dist/main.cjs');
  process.exitCode = await main(argv, createProcessEnvironment());
  if (process.exitCode in SIGNALS) exitBySignal(SIGNALS[process.exitCode]);
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

if (isSupportedNode() && !printVersion()) run();
