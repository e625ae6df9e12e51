#!/usr/bin/env node
import { createEnvironment } from '../dist/environment.js';
import { main } from '../dist/main.js';

process.exitCode = await main(process.argv.slice(2), createEnvironment());
