/** Default options of a sandbox. */
export const SANDBOX_DEFAULTS = {
  port: 4010,
  seed: 1,
  /** Milliseconds. */
  latency: 0,
  faults: [],
} as const;
