/** How many characters of a text must be added, removed, replaced, or swapped with their neighbour to get the other one. */
function distanceOf(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const isSwap = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return last[other.length] ?? 0
}

/** A word of at least 8 characters may have one mistake, and one of at least 10 two. Shorter words are too similar to each other. */
const ONE_MISTAKE = 8
const TWO_MISTAKES = 10

/** Whether a text is probably this word, misspelt: `JWT_SECERT` for `JWT_SECRET`. False when both are the same. */
export function isNearMiss(text: string, word: string): boolean {
  if (text === word || Math.abs(text.length - word.length) > 2) return false
  const allowed = word.length >= TWO_MISTAKES ? 2 : word.length >= ONE_MISTAKE ? 1 : 0
  return distanceOf(text, word) <= allowed
}
