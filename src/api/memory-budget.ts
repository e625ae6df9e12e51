import { InvalidDataError } from '../domain/errors.ts';

/** Maximum estimated size of all device names and outages that a run keeps, which bounds its memory to 512 MiB. */
const MAX_KEPT_MEBIBYTES = 224;

/** Limits the estimated memory of the data that a run keeps. */
export interface MemoryBudget {
  /** @throws {InvalidDataError} if the budget is exhausted, which takes nothing */
  take(bytes: number): void;
  release(bytes: number): void;
}

/** @param max bytes */
export function createMemoryBudget(max = MAX_KEPT_MEBIBYTES * 1024 * 1024): MemoryBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > max) {
        throw new InvalidDataError(
          `too much data: site infos and outages exceed ${Math.round(max / 1024 / 1024)} MiB`,
          {
            hint: 'run fewer sites at a time; if one is too large, ask the operators',
          },
        );
      }
      taken += bytes;
    },
    release(bytes) {
      taken -= bytes;
    },
  };
}
