/**
 * A set of which there are thousands, most with one member: that one is kept as it is, and a real set made only for more. Adding and
 * deleting take the same time however many there are.
 */
export class SmallSet<Item extends object> {
  #only: Item | undefined
  #many: Set<Item> | undefined

  get size(): number {
    return this.#many?.size ?? (this.#only ? 1 : 0)
  }

  add(item: Item): void {
    if (this.#many) this.#many.add(item)
    else if (!this.#only) this.#only = item
    else if (this.#only !== item) {
      this.#many = new Set([this.#only, item])
      this.#only = undefined
    }
  }

  /** False when it was not there. */
  delete(item: Item): boolean {
    if (this.#many) return this.#many.delete(item)
    if (this.#only !== item) return false
    this.#only = undefined
    return true
  }

  /** Whether it is so of one of them. */
  some(isSo: (item: Item) => boolean): boolean {
    return this.#many ? this.#many.values().some(isSo) : this.#only !== undefined && isSo(this.#only)
  }

  /** In the order in which they came. Whoever is deleted meanwhile is passed over. */
  values(): IteratorObject<Item> {
    return this.#many?.values() ?? (this.#only ? [this.#only] : []).values()
  }
}
