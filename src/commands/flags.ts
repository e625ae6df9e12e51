import * as v from 'valibot';

import type { ConfigFlags } from '../config/settings.ts';

const text = v.optional(v.string());
const flag = v.optional(v.boolean(), false);

/** Every flag of every command, as commander hands them over; a command reads those it has. */
export const flagsSchema = v.object({
  site: v.optional(v.array(v.string())),
  sitesFile: text,
  cutoff: text,
  cutoffInclusive: v.optional(v.boolean()),
  apiUrl: text,
  apiKeyFile: text,
  proxy: text,
  caFile: text,
  config: text,
  profile: text,
  timeout: text,
  deadline: text,
  retries: text,
  retryPost: text,
  concurrency: text,

  sandbox: flag,
  snapshot: text,
  output: text,
  format: text,

  port: text,
  outages: text,
  seed: text,
  latency: text,
  faults: text,

  force: flag,
  remove: flag,

  /** What stands beside the flags: the shell that completion is for, what help is asked on. */
  words: v.optional(v.array(v.string())),
  sites: flag,
  install: flag,
  yes: flag,

  verbose: flag,
  quiet: flag,
  color: v.optional(v.boolean(), true),
  logFormat: v.optional(v.picklist(['text', 'json']), 'text'),
});

export type Flags = v.InferOutput<typeof flagsSchema>;

/** The flags that configure, those alone that were given. */
export function configFlags(flags: Flags): ConfigFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

/** What the map has by the name that `--format` gave; the command line was checked against its names before. */
export function lookup<Name extends string, Choice>(
  choices: Readonly<Record<Name, Choice>>,
  name: string | undefined,
  fallback: Name,
): Choice {
  return Object.entries<Choice>(choices).find(([known]) => known === name)?.[1] ?? choices[fallback];
}
