import {
  ConfigurationError,
  InterruptedError,
  InvalidDataError,
  KeyRejectedError,
  RefusedError,
  UnknownOutcomeError,
  UnreachableError,
  UsageError,
} from './errors.ts';

/** Every exit code and its meaning. The help and the documentation are generated from it or checked against it. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'every site was answered 200 OK (fetch, preview: all output was written)' },
  internal: { code: 1, meaning: 'internal error (a bug)' },
  usage: {
    code: 2,
    meaning: 'usage: unknown flag, bad value, or a file named by a flag that cannot be read or written',
  },
  configuration: { code: 3, meaning: 'configuration or secret: missing, unreadable or invalid' },
  key: { code: 4, meaning: 'API key rejected (401, 403)' },
  unreachable: {
    code: 5,
    meaning: 'API unreachable or not recovered in time (network, timeout, incomplete response, 5xx, 429)',
  },
  invalidData: {
    code: 6,
    meaning: 'invalid response from the API (not JSON, not UTF-8, schema mismatch, too large)',
  },
  refused: { code: 7, meaning: 'request rejected (any other status than 200)' },
  mixed: { code: 8, meaning: 'several sites with mixed results; see the receipts' },
  unknown: { code: 9, meaning: 'outcome unknown: submission sent, no conclusive response received' },
  hungUp: { code: 129, meaning: 'the terminal was closed (SIGHUP)' },
  interrupted: { code: 130, meaning: 'interrupted (SIGINT)' },
  terminated: { code: 143, meaning: 'terminated (SIGTERM)' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

const SIGNAL_NAMES = { SIGHUP: 'hungUp', SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/** Returns the exit code of a run that ended with this error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT_CODES.usage.code;
  if (error instanceof ConfigurationError) return EXIT_CODES.configuration.code;
  if (error instanceof KeyRejectedError) return EXIT_CODES.key.code;
  if (error instanceof UnreachableError) return EXIT_CODES.unreachable.code;
  if (error instanceof InvalidDataError) return EXIT_CODES.invalidData.code;
  if (error instanceof RefusedError) return EXIT_CODES.refused.code;
  if (error instanceof UnknownOutcomeError) return EXIT_CODES.unknown.code;
  if (error instanceof InterruptedError) {
    return EXIT_CODES[SIGNAL_NAMES[error.signal]].code;
  }
  return EXIT_CODES.internal.code;
}

/** Returns the exit code that all sites share, 8 if they differ, and 0 if there are none. */
export function sharedExitCode(codes: Iterable<number>): number {
  const distinct = [...new Set(codes)];
  if (distinct.length > 1) return EXIT_CODES.mixed.code;
  return distinct[0] ?? EXIT_CODES.ok.code;
}
