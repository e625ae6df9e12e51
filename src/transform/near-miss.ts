/** Longer ids are not compared. */
const MAX_ID_CHARS = 200;

/** An outage's id and a device's id that differ only in case, surrounding punctuation or white space, or Unicode form. */
export interface NearMiss {
  readonly outageId: string;
  readonly deviceId: string;
}

/** Finds the first outage id that is nearly a device id. */
export function findNearMiss(outageIds: Iterable<string>, deviceIds: Iterable<string>): NearMiss | undefined {
  const devices = new Map<string, string>();
  for (const id of deviceIds) if (id.length <= MAX_ID_CHARS) devices.set(normalize(id), id);
  devices.delete('');
  for (const outageId of outageIds) {
    const deviceId = outageId.length <= MAX_ID_CHARS ? devices.get(normalize(outageId)) : undefined;
    if (deviceId !== undefined) return { outageId, deviceId };
  }
  return undefined;
}

/** `{86B5C819-…}` becomes `86b5c819-…`. */
function normalize(id: string): string {
  return id
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
}
