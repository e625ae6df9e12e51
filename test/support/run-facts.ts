import type { Receipt } from '../../src/domain/receipt.ts';
import type { RunFacts } from '../../src/pipeline/submit-list.ts';

/** Facts that all receipts of a run share. */
export const RECEIPT_FACTS = {
  time: '2026-01-02T03:04:05.678Z',
  run: '5ae1',
  api: 'https://api.example/v1',
  cutoff: '2022-01-01T00:00:00Z',
  cutoffInclusive: false,
} as const satisfies Partial<Receipt>;

export const RUN_FACTS: RunFacts = {
  id: RECEIPT_FACTS.run,
  api: RECEIPT_FACTS.api,
  now: () => Date.parse(RECEIPT_FACTS.time),
};
