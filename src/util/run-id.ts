/** Returns 128 random bits, in hexadecimal. @param random from 0 (included) to 1 (excluded) */
export function createRunId(random: () => number): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
