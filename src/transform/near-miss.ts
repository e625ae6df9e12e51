/** Longer ids are not compared. */
const MAX_ID_CHARS = 200;

/** An outage's id and a device's id that differ only in case, surrounding punctuation or white space, or Unicode form. */
export interface NearMiss {
  readonly outageId: string;
  readonly deviceId: string;
}

/** Returns a function that finds the first of a site's devices whose id is nearly one of the outages' ids. */
export function createNearMissFinder(
  outageIds: Iterable<string>,
): (deviceIds: Iterable<string>) => NearMiss | undefined {
  const outages = new Map<string, string>();
  for (const id of outageIds) if (id.length <= MAX_ID_CHARS) outages.set(normalize(id), id);
  outages.delete('');
  return (deviceIds) => {
    for (const deviceId of deviceIds) {
      const outageId = deviceId.length <= MAX_ID_CHARS ? outages.get(normalize(deviceId)) : undefined;
      if (outageId !== undefined) return { outageId, deviceId };
    }
    return undefined;
  };
}

/** `{86B5C819-…}` becomes `86b5c819-…`. */
function normalize(id: string): string {
  return id
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
}
