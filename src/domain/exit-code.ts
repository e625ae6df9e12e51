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

/** Every exit code and its meaning: the one source of the code, the help and the README's table. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'every site was answered 200 OK (fetch, preview: everything was printed)' },
  defect: { code: 1, meaning: 'a defect of this program' },
  usage: { code: 2, meaning: 'usage: an unknown flag, a bad value, a named file that cannot be read or written' },
  configuration: { code: 3, meaning: 'configuration or secret: missing, unreadable, invalid' },
  key: { code: 4, meaning: 'the API does not accept the key (401, 403)' },
  unreachable: {
    code: 5,
    meaning:
      'the API could not be reached or did not recover in time (network, timeout, a body that breaks off, 5xx, 429)',
  },
  invalidData: {
    code: 6,
    meaning: 'the API sent data that does not fit (not JSON, not UTF-8, not the schema, no end)',
  },
  refused: { code: 7, meaning: 'the API refused: a request was answered with another status than 200' },
  mixed: { code: 8, meaning: 'of several sites, some succeeded and some failed; the receipts say which and why' },
  unknown: { code: 9, meaning: 'outcome unknown: a submission was sent and its answer never came' },
  hungUp: { code: 129, meaning: 'the terminal was closed (SIGHUP)' },
  interrupted: { code: 130, meaning: 'interrupted (SIGINT)' },
  terminated: { code: 143, meaning: 'terminated (SIGTERM)' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

const SIGNAL_NAMES = { SIGHUP: 'hungUp', SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/** The exit code of a run that ended with this error. */
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
  return EXIT_CODES.defect.code;
}

/**
 * The exit code of a run over sites, from each site's own (design, "Exit codes"): the one they share, else 8.
 * @param codes one a site; none is 0, a run over nothing
 */
export function sharedExitCode(codes: Iterable<number>): number {
  const distinct = [...new Set(codes)];
  if (distinct.length > 1) return EXIT_CODES.mixed.code;
  return distinct[0] ?? EXIT_CODES.ok.code;
}
