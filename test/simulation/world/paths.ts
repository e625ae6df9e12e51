/** Paths and URLs of every world. */
export const CWD = '/work';
export const HOME = '/home/user';
export const API_URL = 'https://api.example.com/interview-tests-mock-api/v1';
/** The journal, where a submission has one. */
export const JOURNAL = '/work/journal.ndjson';

/** Arguments of `--output`. */
export const OUTPUTS = {
  new: 'out.data',
  existing: 'old.data',
  special: '/dev/tube',
  nowhere: 'nowhere/out.data',
} as const;
export const OLD_OUTPUT = 'what stood there before\n';
