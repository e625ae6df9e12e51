/** Returns the candidate with the most similar spelling, ignoring case and hyphens; undefined if none is similar enough. */
export function closestMatch(word: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: distanceBetween(plain(word), plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

function plain(word: string): string {
  return word.slice(0, 40).toLowerCase().replace(/[-_ ]/g, '');
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
function distanceBetween(a: string, b: string): number {
  // Distances from the current prefix of `a` to each prefix of `b`.
  let distances = Array.from(b, (_, column) => column + 1);
  let distance = b.length;
  for (const [row, letter] of Array.from(a).entries()) {
    let diagonal = row;
    distance = row + 1;
    distances = distances.map((above, column) => {
      distance = Math.min(above + 1, distance + 1, diagonal + (b[column] === letter ? 0 : 1));
      diagonal = above;
      return distance;
    });
  }
  return distance;
}
