/** Case- and accent-blind. */
export function fold(words: string): string {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * How well the letters of `query` are found in `label`, in order: 0 is not at all. Whole runs and starts of words
 * count most, so that "cad" finds "Change address" before "Location added".
 */
export function score(query: string, label: string): number {
  const wanted = fold(query).replace(/\s+/g, "");
  const given = fold(label);
  if (!wanted) return 1;
  let points = 0;
  let from = 0;
  let last = -2;
  for (const letter of wanted) {
    const start = wordStart(given, letter, from);
    const next = given.indexOf(letter, from);
    if (next < 0) return 0;
    const at = next === last + 1 || start < 0 || !restFits(wanted, given, start, letter) ? next : start;
    points += at === last + 1 ? 6 : 1;
    if (at === 0 || /[\s.\-_/]/.test(given[at - 1] ?? "")) points += 5;
    last = at;
    from = at + 1;
  }
  return points - given.length * 0.02;
}

function wordStart(given: string, letter: string, from: number): number {
  for (let at = from; at < given.length; at++) {
    if (given[at] === letter && (at === 0 || given[at - 1] === " ")) return at;
  }
  return -1;
}

/** Jumping ahead to a word's start must leave enough letters for what is still wanted. */
function restFits(wanted: string, given: string, at: number, letter: string): boolean {
  let position = at;
  for (const next of wanted.slice(wanted.indexOf(letter) + 1)) {
    position = given.indexOf(next, position + 1);
    if (position < 0) return false;
  }
  return true;
}
